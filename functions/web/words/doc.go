// Package words holds what pages say, a file for each language, and how they
// write numbers, dates, names of languages and lists of names. A new language is
// a file like en.json and a line in [Langs] and tongues.
package words
