// Package words holds what pages say, in each of their languages, and how they
// write numbers, dates, names of languages and lists of names. A new language is
// a column of messages and a line in [Langs].
package words
