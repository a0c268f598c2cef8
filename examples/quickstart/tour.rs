//! What the server prints: who is here, and what to try.

use std::time::Duration;

/// Prints the address, the users and lines for a shell. After each `#` stands what comes back.
pub fn print(origin: &str, lifetime: Duration) {
    let seconds = lifetime.as_secs();
    println!(
        "The hotel is open. Log in at {origin}/login
(for Safari, which keeps no Secure cookie on plain HTTP, put DEVELOPMENT=1 in front of the command)

  user   password         is a     and may
  anna   turquoise-heron  guest    open room 7, order from the minibar
  ben    brass-bell       clerk    order from the minibar, see the guests
  carla  corner-office    manager  order from the minibar, see the guests, raise prices

Phones and scripts send the token themselves. Paste these lines into a shell:

hotel={origin}
token() {{ curl -s $hotel/token -H 'Content-Type: application/json' -d \"{{\\\"user\\\":\\\"$1\\\",\\\"password\\\":\\\"$2\\\"}}\" | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/'; }}
anna=$(token anna turquoise-heron)
carla=$(token carla corner-office)

curl -iw '\\n' $hotel/me                                                       # 401: no token
curl -iw '\\n' $hotel/me -H \"Authorization: Bearer $anna\"                      # 200: what it says
curl -iw '\\n' $hotel/me -H \"Authorization: Bearer ${{anna%?????}}AAAAA\"         # 401: a changed one
curl -iw '\\n' -X POST $hotel/rooms/7/door -H \"Authorization: Bearer $anna\"    # 200: her own room
curl -iw '\\n' -X POST $hotel/rooms/8/door -H \"Authorization: Bearer $anna\"    # 403: not hers
curl -iw '\\n' -X POST $hotel/minibar -H \"Authorization: Bearer $anna\"         # 200: has the scope
curl -iw '\\n' -X POST $hotel/prices -H \"Authorization: Bearer $anna\"          # 403: lacks the scope
curl -iw '\\n' -X POST $hotel/prices -H \"Authorization: Bearer $carla\"         # 200: the manager
curl -iw '\\n' $hotel/guests -H \"Authorization: Bearer $carla\"                 # 200: she may see them
curl -iw '\\n' $hotel/.well-known/jwks.json                                    # 200: the public key
sleep {seconds}; curl -iw '\\n' $hotel/me -H \"Authorization: Bearer $anna\"          # 401: expired by now

A token lives for {seconds} seconds; LIFETIME=600 in front of the command makes it ten minutes."
    );
}
