// Package webpush delivers alerts to the browsers in which their owners allowed
// notifications (RFC 8030, RFC 8291, RFC 8292).
//
//	store, err := webpush.NewSQLStore(db, "postgres") // and store.Migrate(ctx), or Guard.Migrate
//	push, err := webpush.New(store, webpush.Config{Sender: sender, Keys: keys, AEAD: aead})
//	// push is one of the Guard's Notifiers, after the one that codes go to. Then:
//	devices, err := webpush.NewDevices(push, webpush.DevicesConfig{Recorder: guard.Log()})
//
// [Devices] are the browsers of accounts; package
// [example.com/accountsec/alerts/webpush/webpushweb] has the handlers, the
// service worker and the piece of a page that let owners add and remove them.
//
// # Security model
//
//   - An endpoint and its keys are secrets: whoever knows them can send to a
//     browser. They are sealed for their row, and neither errors nor logs hold
//     them; a row is named by the endpoint's hash.
//   - One browser is one account's. On a shared computer the last customer who
//     subscribes has it, and what is sent to the one before no longer appears.
//   - A customer tells the server where to send to. Endpoints are HTTPS links
//     without port to full public names of [Config].Services, by default those
//     of the four great browsers; and what a name leads to is judged at the
//     moment of connecting, so that no name leads inside, whatever the DNS says
//     when. No redirect is followed and no proxy used.
//   - A notification is read by whoever is near. It says what, where roughly,
//     on which device and what to do. It holds no IP address, no name and not
//     the owner's phrase. Codes are not pushed.
//   - Its link leads to the sender's own pages, and opening it changes nothing.
//   - Every message has the same size, and each push service sees its own
//     token (VAPID) and a hash in place of the delivery's id.
//   - Adding and removing a browser is recorded as a change of the alerts'
//     settings, which the owner is told of.
//
// # Delivery
//
// A message is delivered when one push service took it: at least once, to every
// browser that could be reached. The services keep it for the others for 72
// hours if it is critical, 24 if it is a warning, else 6. A repetition replaces
// the copy that waits (Topic) or is shown (tag), so that it is seen once.
//
// Messages are 2,816 bytes long, not the 4,096 that services have to take:
// Firefox on Android has its service refuse more than 3,070.
package webpush
