package plumbing // want table
