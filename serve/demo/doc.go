// Package demo runs the whole system in one process on embedded defaults: simulated venues behind real FIX sessions on
// loopback, an EMS that sends parents over FIX, the router learning, SQLite, the page; and ends with a report. One symbol
// plays from the recorded market in the binary, in the formats of real recordings; agents trade the others.
package demo
