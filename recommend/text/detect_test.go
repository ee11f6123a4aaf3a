package text_test

import (
	"strings"
	"testing"

	"akin/recommend/text"
)

func TestDetect(t *testing.T) {
	tests := []struct{ want, in string }{
		{"en", "Rents in the old harbour towns rise faster than wages"},
		{"en", "How drought changes who leaves"},
		{"es", "Las rentas suben más que los salarios en las ciudades del puerto"},
		{"es", "Quiénes se van cuando llega la sequía"},
		{"fr", "Les loyers augmentent plus vite que les salaires dans les villes portuaires"},
		{"de", "Die Mieten steigen in den alten Hafenstädten schneller als die Löhne"},
		{"pt", "As rendas sobem mais do que os salários nas cidades do porto"},
		{"it", "Gli affitti crescono più degli stipendi nelle vecchie città di mare"},
		{"nl", "De huren stijgen in de oude havensteden sneller dan de lonen"},
		{"sv", "Hyrorna stiger snabbare än lönerna i de gamla hamnstäderna"},
		{"no", "Leiene øker raskere enn lønningene i de gamle havnebyene, og ikke bare der"},
		{"da", "Huslejerne stiger hurtigere end lønningerne i de gamle havnebyer, ifølge af kommunerne"},
		{"fi", "Vuokrat nousevat vanhoissa satamakaupungeissa nopeammin kuin palkat"},
		{"hu", "A lakbérek gyorsabban nőnek a régi kikötővárosokban, mint a fizetések"},
		{"ro", "Chiriile cresc mai repede decât salariile în vechile orașe portuare"},
		{"tr", "Eski liman kentlerinde kiralar ücretlerden daha hızlı artıyor"},
		{"ru", "В старых портовых городах аренда дорожает быстрее, чем растут зарплаты"},
		{"ar", "ترتفع الإيجارات في مدن الموانئ القديمة أسرع من الأجور"},
		{"zh", "老港口城市的租金比工资涨得快"},
		{"ja", "古い港町では家賃が賃金より速く上がる"},
		{"ko", "오래된 항구 도시의 임대료가 오른다"},
		{"ja", "OpenStreetMap で港町の家賃を調べる"},
		{"und", ""},
		{"und", "2030"},
		{"und", "Okoye & Lindqvist"},
		{"uk", "Орендна плата зростає швидше, ніж зарплати"},
		{"pl", "Czynsze rosną szybciej niż płace w starych miastach portowych, wynika z badań"},
		{"fa", "اجاره\u200cها در شهرهای بندری قدیمی سریع\u200cتر از دستمزدها افزایش می\u200cیابد"},
		{"el", "Τα ενοίκια αυξάνονται"},
		{"en", "<p class=\"el\">The rents &amp; the wages</p>"},
	}
	for _, tt := range tests {
		if got := text.Detect(tt.in); got != tt.want {
			t.Errorf("Detect(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	long := strings.Repeat("The rents rise. ", 20_000)
	if got := text.Detect(long); got != "en" {
		t.Errorf("Detect of 320 KB of English = %q, want en", got)
	}
}
