// Package tree pits golearn's decision trees against the served toxicity head, offline: they are challengers and sanity
// checks, and never served (FIT-07). Nothing else imports golearn.
//
// From golearn come the splits of its CART classifier, on features binned to few values because it tries every threshold
// anew, and the measures of its confusion matrix. Ours are what it lacks or has wrong: folds that keep days whole, a forest of
// bootstrapped CART trees with a seeded source (golearn's own draws from a shared one and breaks ties by map order), and the
// shares of the classes in a leaf, because its CART gives a label only.
package tree
