package judge

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// maxLine bounds a line of judgements, in bytes.
const maxLine = 64 << 10

// Judgements hold grades: of a source, for an item.
type Judgements map[string]map[string]float64

// Read parses judgements, one a line: source, item and grade, separated by
// tabs; further columns are ignored. A pair that is given more than once keeps
// its highest grade, and a negative grade counts as 0. Order lists the sources
// as they first occur.
//
// The first fault ends the reading. Its error names the place as "name:line: ".
func Read(r io.Reader, name string) (order []string, j Judgements, err error) {
	j = Judgements{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	n := 0
	for lines.Scan() {
		n++
		source, item, grade, err := parse(lines.Text())
		if err != nil {
			return nil, nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		if j[source] == nil {
			j[source] = map[string]float64{}
			order = append(order, source)
		}
		j[source][item] = max(j[source][item], grade)
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, nil, fmt.Errorf("%s:%d: line is longer than %d bytes", name, n+1, maxLine-1)
	case err != nil:
		return nil, nil, fmt.Errorf("%s:%d: %w", name, n+1, err)
	}
	return order, j, nil
}

// parse takes one line apart. The grade is finite and not negative.
func parse(line string) (source, item string, grade float64, err error) {
	cells := strings.Split(line, "\t")
	if len(cells) < 3 {
		return "", "", 0, fmt.Errorf("want source, item and grade separated by tabs, got %d of 3", len(cells))
	}
	source, item = cells[0], cells[1]
	if source == "" {
		return "", "", 0, errors.New("source is empty")
	}
	if item == "" {
		return "", "", 0, errors.New("item is empty")
	}
	grade, err = strconv.ParseFloat(strings.TrimSpace(cells[2]), 64)
	if err != nil || math.IsNaN(grade) || math.IsInf(grade, 0) {
		return "", "", 0, fmt.Errorf("grade %q is not a number", cells[2])
	}
	return source, item, max(grade, 0), nil
}

// Sources returns those of order that exist and for which at least one item
// has a positive grade: the sources that a mean is taken over.
func (j Judgements) Sources(order []string, exists func(id string) bool) []string {
	var sources []string
	for _, s := range order {
		if exists(s) && positive(j[s]) {
			sources = append(sources, s)
		}
	}
	return sources
}

func positive(grades map[string]float64) bool {
	for _, g := range grades {
		if g > 0 {
			return true
		}
	}
	return false
}
