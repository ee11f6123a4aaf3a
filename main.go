// Command akin answers what else to read on a website of thousands of items, and
// what its editors cover. README.md shows what it does; akin --help lists its
// verbs.
package main

import "akin/functions/akin"

func main() { akin.Main() }
