// Xfer inspects, verifies, compares and converts archives of data transfers.
package main

func main() {}
