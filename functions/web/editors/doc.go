// Package editors makes the pages on which editors see what is covered, decide
// what stands where, and try a draft. They look like those of package pages and
// take the role of an editor; no cache keeps them. A page is a file here and one
// in templates; [Mount] names their addresses.
package editors
