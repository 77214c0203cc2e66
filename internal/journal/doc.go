// Package journal is the durable event log of one router: one total order of records on disk, from which everything
// else is rebuilt. It knows no payload and imports nothing of this module.
//
// # What it promises
//
//   - One order (JRN-04). Append gives a record its place; the log holds the records in the order of their seq,
//     without a gap. A crash at any instant leaves a prefix of the appended records.
//   - Durable means durable (JRN-03). In Durable mode Wait, Durable and readers report a record only after
//     fdatasync has returned for it, so it survives kill -9 and power loss, provided that the disk keeps what it has
//     confirmed. In Fast mode it survives kill -9 only. A caller may send what an event caused when Wait says so.
//   - A failed write or sync is final (JRN-05). It is never tried again; every call returns it from then on, and
//     Failed is closed. Whether the records concerned are there after the next start is not known.
//   - Damage is never skipped (JRN-06). Open cuts a torn tail, counts it and goes on; it refuses anything else.
//   - No start repeats an epoch (JRN-11), and two journals never share a directory.
//   - Appending allocates nothing, and no reader slows it.
//
// What it does not promise: a record that rots in the very last commit before a crash, with no record after it, looks
// like a torn tail and is cut. Loss of the volume loses the log.
//
// # Layout
//
// A directory holds segments, snapshots (snapshot.go), a preallocated spare and the lock. Integers are little-endian.
//
//	00000000000000000001.seg   the records from seq 1 on
//	00000000000000184321.seg   the records from seq 184321 on
//	00000000000000250000.snap  a state that knows the records up to 250000
//	spare.tmp                  the next segment in the making; removed by a start, as is snapshot.tmp
//	lock                       locked while a journal is open; its text names the holder
//
// A segment starts with a header of 64 bytes, which is synced before the file gets its name:
//
//	offset  bytes  content
//	     0      8  magic "SLUICEJL"
//	     8      2  format, 1
//	    10      2  size of the header, 64
//	    12      4  epoch of the start that wrote it
//	    16      8  seq of the first record
//	    24      8  seq from which on no segment may be missing (moves when old ones are deleted, JRN-08)
//	    32      8  FNV-1a hash of the router's name
//	    40      8  size to which the segment was preallocated
//	    48      8  when it was made, Unix nanoseconds
//	    56      4  zero
//	    60      4  CRC32C of the 60 bytes before; the salt of the segment's records
//
// Records follow, each on a multiple of 8 bytes:
//
//	offset  bytes  content
//	     0      4  length: 40 and the payload; 0 is the preallocated rest
//	     4      4  CRC32C of everything else, padding included, started from the segment's salt
//	     8      8  seq
//	    16      8  monotonic nanoseconds, comparable within an epoch
//	    24      8  Unix nanoseconds
//	    32      2  type; 0 is a mark of the journal's own
//	    34      1  version of the payload's encoding
//	    35      1  zero
//	    36      4  how many records directly before it were not synced when it was written
//	    40      n  payload, then zeros up to a multiple of 8
//
// The salt binds a record to its segment: a stale block of another file is no record here. A mark is a record of
// type 0 behind the last one, with the seq that would come next; version 1 says that the journal was closed here,
// version 2 that the next segment exists. A mark takes no seq and no reader sees it.
//
// # How a torn tail is told from damage
//
// A commit is written when the one before it is synced, and a segment is made when all before it is synced. Hence a
// place without a valid record is damage if a later segment exists, if the end mark follows, or if a later record
// does whose count of unsynced records does not reach back to that place: each proves that it was durable once. If
// only records of the same commit follow, the disk wrote a commit in another order and lost power, and then at least
// one whole sector in the gap still has the zeros of the preallocation; without such a sector it is damage too. If
// nothing valid follows, it is a torn tail.
//
// # Use
//
// See the examples. Sequencers Append, a release goroutine follows Subscribe and Durable, projections tail with Read,
// the FIX store looks up resends with At, and tools read with OpenReader.
package journal
