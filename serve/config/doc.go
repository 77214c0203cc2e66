// Package config reads the one configuration file of `sluice route -c FILE` and `sluice venues -c FILE`.
//
// The file is TOML. [Load] is strict: an unknown key, a value of the wrong kind or out of its range, a reference to
// a venue or symbol that is not there, a duplicate name, are all problems, and all of them are reported at once as
// [Problems], each with the file, the key, what is wrong and the remedy. Keys say their unit (lot_shares,
// tick_usd, latency_us); durations are texts such as "200ms"; amounts of money are decimals, best quoted, and exact.
//
// Every key except names and addresses has a default, most of them from router.DefaultConfig. [Example] gives a
// commented file that loads. Relative paths in the file start at the file's own folder.
//
// A variable SLUICE_SECTION__KEY of the environment overrides a key of the sections router, fix, hours, objective,
// limits, tactics, learning, journal, models and market: SLUICE_ROUTER__HTTP_ADDR is router.http_addr. Two underscores stand for
// each dot; variables without them are not ours.
//
// Secrets never stand in the file: a key named *_file names a file that only its owner may read (mode 0600), a key
// named *_env names a variable of the environment (SEC-06). A [Secret] prints as ***.
package config
