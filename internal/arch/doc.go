// Package arch holds the architecture and style of the module as tests: the import table, the determinism contract of
// the engine and the limits on files, functions and names. It has no code of its own.
//
// Every rule is a function from a tree of sources to findings. Each runs on the module, where it must find nothing
// beyond the exceptions that give their reason, and on a small tree in testdata that breaks it, where it must find
// exactly the lines marked "// want RULE": a rule that cannot fail holds nothing.
package arch
