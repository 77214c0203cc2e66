package doctor

import "golang.org/x/sys/unix"

// clockSynchronized asks the kernel whether somebody disciplines its clock; known is false where it may not be asked.
func clockSynchronized() (synced, known bool) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err != nil {
		return false, false
	}
	return state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0, true
}
