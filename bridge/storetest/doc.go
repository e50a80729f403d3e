// Package storetest is the suite that every store of a bridge has to pass.
//
// A store's own test calls [Run] with a function that opens it. The suite
// knows nothing of how a store keeps things: it works through [Store], the
// union of what calbridge's packages ask of one.
package storetest
