package entry

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// Order says which comes first in dates like 3/4/2024.
type Order uint8

const (
	NoOrder    Order = iota // not known: such a date is an error
	DayFirst                // dmy
	MonthFirst              // mdy
)

// OrderOf returns the order that dmy or mdy names, and [NoOrder] for anything else.
func OrderOf(name string) Order {
	switch name {
	case "dmy":
		return DayFirst
	case "mdy":
		return MonthFirst
	}
	return NoOrder
}

// A Date is a day, or a month, and the instant if the text names a time.
type Date struct {
	Day  string    // "2024-03-26" or "2024-03", of the place that the text names
	Time time.Time // UTC; zero: the text names no time of day
}

// ErrAmbiguous says that a text may be two dates, for the order of day and
// month is not known. [ParseDate] wraps it.
var ErrAmbiguous = errors.New("may be day/month or month/day; say which with --dates dmy or --dates mdy")

// ParseDate reads a date as public feeds, spreadsheets and front matter hold
// it: RFC 822 with all that is made of it, ISO 8601 in its variants, dates with
// the month in words of several languages, day/month/year where order says so
// or only one order is possible, Unix seconds and milliseconds. A time without
// a zone is one of zone, nil is UTC. A year alone is its first month. Years are
// 1 to 9998. The error names the text.
func ParseDate(text string, order Order, zone *time.Location) (Date, error) {
	if zone == nil {
		zone = time.UTC
	}
	const most = 80 // bytes of what the longest forms have
	s := strings.TrimSpace(OneLine(norm.NFKC.String(Cut(text, 4*most))))
	if len(s) <= 2*most {
		p := dateParser{order: order, zone: zone}
		d, err := p.parse(s)
		switch {
		case err == nil:
			return d, nil
		case errors.Is(err, ErrAmbiguous):
			return Date{}, fmt.Errorf("%q %w", s, ErrAmbiguous)
		}
	}
	return Date{}, fmt.Errorf("%q is not a date that is understood; write it like 2024-03-26", Cut(s, most))
}

var errNoDate = errors.New("no date")

// A dateParser takes a text apart: first the time of day, then the zone behind
// it, then what is left, which is the date.
type dateParser struct {
	order Order
	zone  *time.Location

	hasTime              bool
	hour, minute, second int
	nanos                int
	zoned                bool // loc was named by the text
	loc                  *time.Location
}

var (
	netDate     = Pattern(`^\\?/Date\((-?\d+)(?:[+-]\d{4})?\)\\?/$`) // of .NET, in milliseconds of Unix
	vietnamese  = Pattern(`(?i)(\d{1,2})\s+tháng\s+(\d{1,2}),?\s+(?:năm\s+)?(\d{4})`)
	eraYear     = Pattern(`(令和|平成|昭和|民國|民国)\s*(元|\d+)\s*年`)
	cjkDate     = Pattern(`(\d+)\s*[年년]\s*(?:(\d+)\s*[月월]\s*(?:(\d+)\s*[日일])?)?`)
	compactTime = Pattern(`^(\d{4})-?(\d{2})-?(\d{2})[T ]?(\d{2})(\d{2})(\d{2})?(?:[.,](\d{1,9}))?\s*(.*)$`)
	weekDate    = Pattern(`^(\d{4})-?W(\d{2})(?:-?([1-7]))?`)
	yearDay     = Pattern(`^(\d{4})-(\d{3})(?:$|[T ])`)
	clock       = Pattern(`(?i)(?:^|[T ,@])(\d{1,2})[:.h](\d{2})(?:[:.](\d{1,2})(?:[.,](\d{1,9})\d*)?)?\s*(?:([ap])\.?m\b\.?)?`)
	hourOnly    = Pattern(`(?i)(?:^|[T ,@])(\d{1,2})(?:\s*([ap])\.?m\b\.?|\s*(?:uhr|h|heures)\b)|T(\d{2})(?:Z|[+-]|$)`)
	offset      = Pattern(`(?i)^\s*(?:GMT|UTC|Z)?\s*([+\-−])(\d{1,2}):?(\d{2})?(?:\d\d)?`)
	parentheses = Pattern(`\([^)]*\)|\[[A-Za-z_/+\-]+\]`)
	zoneName    = Pattern(`^[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_+\-]+){1,2}`)
	dateWord    = Pattern(`[\p{L}\p{M}]+|\d+`)
	pointed     = Pattern(`Uhr|\b(?:klo|kl\.?|ore) `) // a time with a point
	dotted      = Pattern(`^\D*\d{1,2}\.\s*\d{1,2}\.`)
	ordinal     = Pattern(`(?i)(\d)(?:st|nd|rd|th|er|re|º|ª|°|o|a)\b\.?`)
)

func (p *dateParser) parse(s string) (Date, error) {
	s = strings.Trim(s, `"' `)
	s = strings.Map(asciiDigit, s)
	if m := netDate().FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	if d, ok := p.number(s); ok {
		return d, nil
	}
	s = strings.TrimPrefix(vietnamese().ReplaceAllString(s, "$3-$2-$1"), "ngày ")
	s = eraYear().ReplaceAllStringFunc(s, func(m string) string {
		parts := eraYear().FindStringSubmatch(m)
		return strconv.Itoa(eras[parts[1]]+max(1, atoi(parts[2]))) + "年"
	})
	s = strings.NewReplacer("‐", "-", "‑", "-", "–", "-", "—", "-").Replace(s)
	s = strings.Trim(parentheses().ReplaceAllString(s, " "), ` "'()[],;`)
	s = cjkDate().ReplaceAllStringFunc(s, func(m string) string {
		parts := dateWord().FindAllString(m, -1)
		var numbers []string
		for _, n := range parts {
			if n[0] >= '0' && n[0] <= '9' {
				numbers = append(numbers, n)
			}
		}
		return strings.Join(numbers, "-") + " "
	})
	if m := compactTime().FindStringSubmatch(s); m != nil {
		p.setTime(m[4], m[5], m[6], m[7], "")
		p.readZone(m[8])
		return p.date(atoi(m[1]), atoi(m[2]), atoi(m[3]))
	}
	s, rest := p.timeOfDay(s)
	if p.hasTime {
		rest = p.readZone(rest)
	}
	if m := weekDate().FindStringSubmatch(s); m != nil {
		return p.week(atoi(m[1]), atoi(m[2]), max(1, atoi(m[3])))
	}
	if m := yearDay().FindStringSubmatch(s); m != nil {
		t := time.Date(atoi(m[1]), 1, atoi(m[2]), 0, 0, 0, 0, time.UTC)
		if t.Year() != atoi(m[1]) {
			return Date{}, errNoDate
		}
		return p.date(t.Year(), int(t.Month()), t.Day())
	}
	return p.words(strings.TrimSpace(s + " " + rest))
}

// eras are the years before the first of eras that dates count by.
var eras = map[string]int{"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}

// asciiDigit returns the digit that r is in Arabic, Devanagari and Bengali. Those
// of Persian stay, for a date in them is one of another calendar.
func asciiDigit(r rune) rune {
	for _, zero := range []rune{'٠', '०', '০'} {
		if r >= zero && r <= zero+9 {
			return '0' + r - zero
		}
	}
	return r
}

// number reads a text of digits alone: a time of Unix, or a date without
// separators.
func (p *dateParser) number(s string) (Date, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	if strings.Trim(whole, "0123456789") != "" || strings.Trim(fraction, "0123456789") != "" || whole == "" {
		return Date{}, false
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return Date{}, false
	}
	var t time.Time
	switch len(whole) {
	case 4:
		if fraction != "" || n < 1 {
			return Date{}, false
		}
		return Date{Day: fmt.Sprintf("%04d-01", n)}, true
	case 6:
		if m := n % 100; fraction == "" && m >= 1 && m <= 12 && n >= 100000 {
			return Date{Day: fmt.Sprintf("%04d-%02d", n/100, m)}, true
		}
		return Date{}, false
	case 8:
		d, err := p.date(int(n/10000), int(n/100%100), int(n%100))
		return d, err == nil && fraction == ""
	case 9, 10:
		t = time.Unix(n, 0)
	case 12, 13:
		t = time.UnixMilli(n)
		if len(whole) == 12 && whole[:2] >= "19" && whole[:2] <= "20" {
			return Date{}, false // 202403261015
		}
	case 16:
		t = time.UnixMicro(n)
	case 19:
		t = time.Unix(0, n)
	default:
		return Date{}, false
	}
	t = t.UTC()
	return Date{Day: t.Format(time.DateOnly), Time: t}, true
}

// timeOfDay reads the time of day that s holds, and returns what stands before
// and behind it.
func (p *dateParser) timeOfDay(s string) (before, behind string) {
	for _, at := range clock().FindAllStringSubmatchIndex(s, -1) {
		m := submatches(s, at)
		colon := s[at[3]] // behind the hour
		if colon == '.' && (m[5] == "" && !pointed().MatchString(s) || strings.Count(s[at[2]:], ".") >= 2 && dotted().MatchString(s[at[2]:])) {
			continue // 26.03.2024
		}
		if p.setTime(m[1], m[2], m[3], m[4], m[5]) {
			return s[:at[0]], strings.TrimPrefix(strings.TrimSpace(s[at[1]:]), "Uhr")
		}
	}
	if at := hourOnly().FindStringSubmatchIndex(s); at != nil {
		m := submatches(s, at)
		hour, end := m[1], at[1]
		if m[3] != "" {
			hour, end = m[3], at[7]
		}
		if p.setTime(hour, "00", "", "", m[2]) {
			return s[:at[0]], s[end:]
		}
	}
	return s, ""
}

func submatches(s string, at []int) []string {
	m := make([]string, len(at)/2)
	for i := range m {
		if at[2*i] >= 0 {
			m[i] = s[at[2*i]:at[2*i+1]]
		}
	}
	return m
}

func (p *dateParser) setTime(hour, minute, second, fraction, half string) bool {
	h, m, sec := atoi(hour), atoi(minute), atoi(second)
	switch {
	case half != "" && (h < 1 || h > 12):
		half = "" // 15:30 pm
	case half != "" && (half == "p" || half == "P"):
		h = h%12 + 12
	case half != "":
		h %= 12
	}
	if h > 24 || h == 24 && (m > 0 || sec > 0) || m > 59 || sec > 61 {
		return false
	}
	p.hasTime, p.hour, p.minute, p.second = true, h, m, sec
	if fraction != "" {
		p.nanos = atoi((fraction + "000000000")[:9])
	}
	return true
}

// readZone reads the zone that rest begins with, and returns what is left.
func (p *dateParser) readZone(rest string) string {
	rest = strings.TrimLeft(rest, " ,")
	if m := offset().FindStringSubmatch(rest); m != nil && !strings.HasPrefix(rest[len(m[0]):], "-") {
		seconds := atoi(m[2])*3600 + atoi(m[3])*60
		if m[1] != "+" {
			seconds = -seconds
		}
		if seconds <= 18*3600 && seconds >= -18*3600 {
			p.zoned, p.loc = true, time.FixedZone("", seconds)
		}
		rest = strings.TrimLeft(rest[len(m[0]):], "Z ") // and a name beside the offset
		if name := dateWord().FindString(rest); strings.HasPrefix(rest, name) {
			if _, ok := zones[name]; ok {
				rest = rest[len(name):]
			}
		}
		return rest
	}
	if name := zoneName().FindString(rest); name != "" {
		if loc, err := time.LoadLocation(name); err == nil {
			p.zoned, p.loc = true, loc
			return rest[len(name):]
		}
	}
	name := strings.ToUpper(dateWord().FindString(rest))
	if !strings.HasPrefix(strings.ToUpper(rest), name) || name == "" {
		return rest
	}
	if hours, ok := zones[name]; ok {
		p.zoned, p.loc = true, time.FixedZone(name, int(hours*3600))
		return rest[len(name):]
	}
	if place, ok := zonePlaces[name]; ok {
		p.zoned, p.loc = true, time.FixedZone(name, int(place.hours*3600))
		if loc, err := time.LoadLocation(place.name); err == nil {
			p.loc = loc
		}
		return rest[len(name):]
	}
	return rest
}

// words reads a date of numbers, of which one may be a month in words.
func (p *dateParser) words(s string) (Date, error) {
	s = ordinal().ReplaceAllString(s, "$1")
	var numbers []string
	month, before := 0, 0 // before: numbers that stand before the month's name
	unknown := 0
	for _, at := range dateWord().FindAllStringIndex(s, -1) {
		w := s[at[0]:at[1]]
		if w[0] >= '0' && w[0] <= '9' {
			numbers = append(numbers, w)
			continue
		}
		if m := monthOf(w); m > 0 {
			if month == 0 {
				month, before = m, len(numbers)
			}
			continue
		}
		// A word and a comma before any number is the name of a day.
		named := len(numbers) == 0 && month == 0 && strings.HasPrefix(strings.TrimLeft(s[at[1]:], " ."), ",")
		if !named && !fillers[strings.ToLower(w)] && !isWeekday(w) {
			unknown++
		}
	}
	switch {
	case unknown > 0, len(numbers) == 0, len(numbers) > 3:
		return Date{}, errNoDate
	case month > 0 && len(numbers) == 1 && len(numbers[0]) == 4:
		return p.month(atoi(numbers[0]), month)
	case month > 0 && len(numbers) == 2:
		a, b := numbers[0], numbers[1]
		if len(a) >= 3 || before == 1 && atoi(a) > 31 {
			a, b = b, a // the year first
		}
		return p.date(year(b), month, atoi(a))
	case month > 0, len(numbers) == 1:
		return Date{}, errNoDate
	case len(numbers) == 2 && len(numbers[0]) == 4:
		return p.month(atoi(numbers[0]), atoi(numbers[1]))
	case len(numbers) == 2 && len(numbers[1]) == 4:
		return p.month(atoi(numbers[1]), atoi(numbers[0]))
	case len(numbers) == 2:
		return Date{}, errNoDate
	case len(numbers[0]) >= 3 || len(numbers[0]) == 2 && atoi(numbers[0]) > 31:
		return p.date(year(numbers[0]), atoi(numbers[1]), atoi(numbers[2]))
	}
	first, second, y := atoi(numbers[0]), atoi(numbers[1]), year(numbers[2])
	switch {
	case dotted().MatchString(s) || first > 12 && second <= 12 || first == second:
		return p.date(y, second, first)
	case second > 12:
		return p.date(y, first, second)
	case p.order == DayFirst:
		return p.date(y, second, first)
	case p.order == MonthFirst:
		return p.date(y, first, second)
	case first < 1 || second < 1:
		return Date{}, errNoDate
	}
	return Date{}, ErrAmbiguous
}

func (p *dateParser) month(y, m int) (Date, error) {
	if m < 1 || m > 12 || y < 1 || y > 9998 {
		return Date{}, errNoDate
	}
	return Date{Day: fmt.Sprintf("%04d-%02d", y, m)}, nil
}

func (p *dateParser) date(y, m, d int) (Date, error) {
	day := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if y < 1 || y > 9998 || m < 1 || m > 12 || day.Day() != d || d < 1 {
		return Date{}, errNoDate
	}
	if !p.hasTime {
		return Date{Day: day.Format(time.DateOnly)}, nil
	}
	loc := p.zone
	if p.zoned {
		loc = p.loc
	}
	t := time.Date(y, time.Month(m), d, p.hour, p.minute, min(p.second, 59), p.nanos, loc)
	if u := t.UTC().Year(); u < 1 || u > 9998 {
		return Date{}, errNoDate
	}
	return Date{Day: t.Format(time.DateOnly), Time: t.UTC()}, nil
}

// week returns the day of a week by ISO 8601.
func (p *dateParser) week(y, week, day int) (Date, error) {
	if week < 1 || week > 53 {
		return Date{}, errNoDate
	}
	fourth := time.Date(y, 1, 4, 0, 0, 0, 0, time.UTC) // in week 1
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	t := monday.AddDate(0, 0, (week-1)*7+day-1)
	return p.date(t.Year(), int(t.Month()), t.Day())
}

// year returns the year that one or two digits mean: 69 to 99 are of the
// twentieth century.
func year(s string) int {
	y := atoi(s)
	switch {
	case len(s) > 2:
		return y
	case y >= 69:
		return 1900 + y
	}
	return 2000 + y
}

// atoi returns the number that digits write, 0 for none and for too many.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
