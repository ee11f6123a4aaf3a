// Package sheet reads tables of works: CSV as spreadsheets, databases and
// publishing systems write it, and whatever else hands out rows (see [Table]).
//
// What a column holds is told by its name, in several languages and spellings,
// or by [entry.Options.Map]; columns that are not known are left out with a
// notice. What parts the values of a cell, and whether the day or the month
// comes first in dates, is told from the column as a whole: from its first
// 16 MB, which are held in memory until then.
//
// Where all columns have akin's own names, and id is one of them, the values are
// those of akin too: one that is wrong is an error of its row. Otherwise they
// are foreign data, which is read as well as can be.
package sheet
