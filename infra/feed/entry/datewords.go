package entry

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// zones are names of time zones, in hours east of UTC. Names that several
// places share mean what they mean in mail (RFC 5322) or most often.
var zones = map[string]float64{
	"Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "IST": 5.5,
	"CET": 1, "CEST": 2, "MET": 1, "MEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3, "MSD": 4, "TRT": 3,
	"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
	"AST": -4, "ADT": -3, "NST": -3.5, "NDT": -2.5, "AKST": -9, "AKDT": -8, "HST": -10,
	"ART": -3, "BRT": -3, "CLT": -4, "CLST": -3, "COT": -5, "PET": -5, "VET": -4, "UYT": -3,
	"SAST": 2, "EAT": 3, "WAT": 1, "CAT": 2, "GST": 4, "PKT": 5, "NPT": 5.75, "ICT": 7, "WIB": 7,
	"SGT": 8, "HKT": 8, "AWST": 8, "JST": 9, "KST": 9, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}

// zonePlaces are names that mean summer time in summer: the place that knows,
// and the hours where the machine knows no places.
var zonePlaces = map[string]struct {
	name  string
	hours float64
}{
	"ET": {"America/New_York", -5}, "CT": {"America/Chicago", -6}, "MT": {"America/Denver", -7}, "PT": {"America/Los_Angeles", -8},
}

// months are the beginnings of the names of the months, which tell them apart,
// without marks, in several languages.
var months = sync.OnceValue(func() map[string]int {
	m := map[string]int{}
	for _, names := range []string{
		"january february march april may june july august september october november december",
		"jan feb mar apr may jun jul aug sep oct nov dec",
		"januar februar marz april mai juni juli august september oktober november dezember",
		"janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
		"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
		"gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
		"janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
		"januari februari maart april mei juni juli augustus september oktober november december",
		"januari februari mars april maj juni juli augusti september oktober november december",
		"januar februar marts april maj juni juli august september oktober november december",
		"tammikuu helmikuu maaliskuu huhtikuu toukokuu kesakuu heinakuu elokuu syyskuu lokakuu marraskuu joulukuu",
		"stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia",
		"ledna unora brezna dubna kvetna cervna cervence srpna zari rijna listopadu prosince",
		"ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik",
		"gener febrer marc abril maig juny juliol agost setembre octubre novembre desembre",
		"января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
		"январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
		"січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
		"ιανουαριου φεβρουαριου μαρτιου απριλιου μαιου ιουνιου ιουλιου αυγουστου σεπτεμβριου οκτωβριου νοεμβριου δεκεμβριου",
		"januari februari maret april mei juni juli agustus september oktober november desember",
		"يناير فبراير مارس ابريل مايو يونيو يوليو اغسطس سبتمبر اكتوبر نوفمبر ديسمبر",
	} {
		for i, name := range strings.Fields(names) {
			m[foldWord(name)] = i + 1
		}
	}
	for name, n := range map[string]int{
		"sept": 9, "setiembre": 9, "mrz": 3, "maerz": 3, "okt": 10, "dez": 12, "janner": 1, "feber": 2, "ene": 1, "abr": 4, "ago": 8, "dic": 12,
		"fev": 2, "avr": 4, "juil": 7, "dec": 12, "gen": 1, "mag": 5, "giu": 6, "lug": 7, "set": 9, "ott": 10, "out": 10, "mei": 5, "maj": 5,
		"mai": 5, "agu": 8, "янв": 1, "фев": 2, "мар": 3, "апр": 4, "июн": 6, "июл": 7, "авг": 8, "сен": 9, "сент": 9, "окт": 10, "ноя": 11, "нояб": 11, "дек": 12,
	} {
		m[foldWord(name)] = n
	}
	return m
})

// fillers are words that stand in dates and say nothing.
var fillers = map[string]bool{
	"de": true, "del": true, "of": true, "the": true, "den": true, "le": true, "el": true, "il": true, "di": true, "d": true, "at": true,
	"um": true, "à": true, "às": true, "om": true, "uhr": true, "h": true, "г": true, "года": true, "р": true, "року": true, "on": true, "t": true,
	"published": true, "updated": true, "posted": true, "date": true, "kl": true, "klo": true, "o": true, "clock": true, "roku": true,
}

// monthOf returns the number of the month that w names, 0 if it names none.
func monthOf(w string) int { return months()[foldWord(w)] }

// isWeekday says whether w may be the name of a day, or its beginning.
func isWeekday(w string) bool {
	w = foldWord(w)
	for _, day := range weekdays {
		if strings.HasPrefix(w, day) && utf8.RuneCountInString(w) <= utf8.RuneCountInString(day)+9 {
			return true
		}
	}
	return false
}

// weekdays are the beginnings of the names of the days of the week.
var weekdays = strings.Fields(`mon tue wed thu fri sat sun mo di mi do fr sa so lun mar mer mie mié jeu jue gio ven vie ven sam sab dim dom
	seg ter qua qui sex zat zon woe don vri maa man tir ons tor lor son pon wt sro czw pia sob nie uto str ctv pat ne
	paz sal car per cum pzt pts dil dim dij div dis ma ti ke to pe la su пн пон вт вто ср сре сер чт чет пт пят сб суб вс вос нд нед
	δευ τρι τετ πεμ παρ σαβ κυρ sen sel rab kam jum min 月 火 水 木 金 土 日 星 周 週 월 화 수 목 금 토 일 曜 ال`)

// foldWord returns w in lower case and without marks.
func foldWord(w string) string {
	w = strings.NewReplacer("ı", "i", "ł", "l", "ø", "o", "ß", "ss").Replace(strings.ToLower(w))
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(w))
}
