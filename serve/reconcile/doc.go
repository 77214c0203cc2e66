// Package reconcile is the end-of-day proof (PRJ-08): what the venues say they traded with us, what the journal holds, what
// the store holds and what the clients were told are accounts of the same executions, read each its own way,
// and they agree to the share or every break is named.
//
//   - venue: files that the venues give ([ReadVenueFile]): a CSV of executions, or the lines of `sluice venues --truth`.
//   - journal: the engine's bookings ([ReadJournal]).
//   - store: the rows of the relational projection ([ReadStore]).
//   - client: the FIX messages as they were handed to the clients' sessions, read from their bytes and by none of the
//     code that wrote them.
//   - drop copy, where the desk has one: what its sessions were handed, read the same way (DC-03).
//
// Nothing here changes anything, and a live router may go on while it reads: executions after the day's last record that
// was read are in none of the accounts.
package reconcile
