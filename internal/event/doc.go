// Package event holds the engine's words: events, which are facts that reach it, and commands, which are what it
// wants done. Both are journaled; a replay feeds the events again and must get the same commands, byte for byte.
//
// Every body encodes as a protobuf message of event.proto. The encoding is written once per body, in its visit
// method, for both directions; it is canonical (fields in order, zero values left out, nothing unknown accepted), so
// equal bodies have equal bytes. An [Encoder] allocates nothing.
package event
