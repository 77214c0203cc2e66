// Package long has too many lines.
package long // want file

const c1 = 1

const c2 = 2

const c3 = 3

const c4 = 4

const c5 = 5

const c6 = 6

const c7 = 7

const c8 = 8

const c9 = 9

const c10 = 10

const c11 = 11

const c12 = 12

const c13 = 13

const c14 = 14

const c15 = 15

const c16 = 16

const c17 = 17

const c18 = 18

const c19 = 19

const c20 = 20
