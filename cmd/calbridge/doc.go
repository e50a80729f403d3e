// Command calbridge serves Outlook calendars as standard ones: over CalDAV and
// as .ics addresses, from a mirror of its own.
//
// Each command is a struct with its flags, its help and a Run method, in the
// file of its name; cli.go lists them. A command line is parsed (cli.go), the
// configuration read (config.go) and a call made of both (run.go, call.go):
// what a command may use of the process that it runs in.
//
// One process at a time has the data folder open. A command that wants the
// store is sent over the control socket to the process that has it, which runs
// the same Run method and sends back what that prints (control.go); where
// nobody has it, the command opens the folder itself and answers others
// meanwhile. So every command exists once, and works beside a running bridge
// and without one. serve, demo and login see to the store themselves, and a few
// others need none: these are marked alone.
//
// house.go is what a process has that holds the folder: store, vault, syncer.
// wire.go builds syncer and handler; no other file knows both sides. Errors
// reach people through exit.go, and accounts through report.go, which status,
// the page and the metrics share.
package main
