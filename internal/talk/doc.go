// Package talk holds Sluice to its FIX conversations: golden scripts of what a client and venues say and must hear, each
// citing the rule it stands for. It has no code of its own. The scripts run through the engine with the real mapping
// of every version, and through a real router with real FIX sessions over TCP.
//
// A file of testdata holds several scripts. One begins with "== its name" and goes on in lines:
//
//	# words; rules and matrix rows named here are what the script is counted for
//	with KEY=VALUE                      a key of the router's configuration, such as tactics.post_clip_shares=400
//	client> D 11=X 38=10000             the client says; what is not listed has a plain value (see defaults)
//	client< 8 11=X 150=0 39=0 14=0      the client hears: exactly this, as far as listed
//	other> F 11=Y 41=X                  a second client of the same router
//	venue LITX< D 11=$a 38=10000        the venue hears; $a is whatever it was, the same from then on
//	venue LITX> 8 11=$a 17=E1 150=F …   the venue says
//	child $a 39=1 14=100 151=900        our own book of a child
//	alert ER-15                         people are told
//	quote LITX 49.00 49.02 2000         the venue's market: bid, ask, size of each
//	desk resume X                       a person's control: pause, resume or cancel of the client's order X
//	link LITX down                      a session drops, or comes back: up; "client" and "other" are sessions too
//	time +30s                           time passes; over FIX what is expected next is waited for
//	wire                                the script is played over FIX too in every test run, else only with -all
//	restart                             the process stops without a word and starts again from its journal
//
// Versions: scripts speak FIX 4.4; 150=F of a peer that speaks 4.2 is 20=0 with 150=1 or 2 on its wire, and so on. A
// line that lists 20 itself is 4.2 word for word.
//
// Nothing may be heard that the script does not say, and a tag that changes a message's meaning (41 19 32 103 102 97 378)
// may not be there unnamed. `go test ./internal/talk -update` writes what was heard in place of what was expected: read
// the difference beside the matrices before you commit it.
package talk
