package main

// Run and Main are the program, for tests.
var (
	Run  = run
	Main = main
)
