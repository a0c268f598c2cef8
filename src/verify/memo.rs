//! Decoded payloads, one for each type that was asked for.

use std::any::Any;
use std::sync::{Arc, OnceLock};

/// A list that only grows, read without locks: few types are ever asked of one token.
#[derive(Default)]
pub(super) struct Memo {
    entry: OnceLock<Entry>,
}

struct Entry {
    value: Arc<dyn Any + Send + Sync>,
    next: Box<Memo>,
}

impl Memo {
    pub(super) fn get_or_try_init<T: Any + Send + Sync, E>(
        &self,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        let mut memo = self;
        while let Some(entry) = memo.entry.get() {
            if let Some(value) = entry.get() {
                return Ok(value);
            }
            memo = &entry.next;
        }
        let fresh = Arc::new(make()?);
        // Another thread may have been faster, with this type or with another one.
        loop {
            let entry = memo.entry.get_or_init(|| Entry {
                value: fresh.clone(),
                next: Box::default(),
            });
            if let Some(value) = entry.get() {
                return Ok(value);
            }
            memo = &entry.next;
        }
    }
}

impl Entry {
    fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        if self.value.is::<T>() {
            Arc::clone(&self.value).downcast().ok()
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get<T: Any + Send + Sync>(memo: &Memo, value: T) -> Arc<T> {
        memo.get_or_try_init(|| Ok::<_, ()>(value)).unwrap()
    }

    #[test]
    fn keeps_one_value_of_each_type() {
        let memo = Memo::default();
        assert_eq!(memo.get_or_try_init::<u8, _>(|| Err("no")), Err("no"));
        let first = get(&memo, 1_u8);
        assert_eq!(*get(&memo, "text"), "text");
        assert!(Arc::ptr_eq(&first, &get(&memo, 2_u8)));
        assert_eq!(*get(&memo, "other"), "text");
        assert_eq!(*get(&memo, 3_u16), 3);
    }

    #[test]
    fn threads_agree_on_one_value() {
        let memo = Memo::default();
        let values: Vec<Arc<u32>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|n| {
                    let memo = &memo;
                    scope.spawn(move || get(memo, n))
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(values.iter().all(|value| Arc::ptr_eq(value, &values[0])));
    }
}
