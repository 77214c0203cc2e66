package desk

// Nothing is left. TODO: the rest. // want unfinished
const (
	one = 1
	// FIXME // want unfinished
	two = "TODO in a string is data"
)
