package desk

// XXX applies to tests too // want unfinished
