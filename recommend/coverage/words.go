package coverage

import (
	"strings"
	"sync"
)

// A sentence says in one language what a kind of finding rests on and what to
// do. {0}, {1}, ... stand for its facts. Where the first fact of a finding names
// a variant, the sentence of that variant is used.
type sentence struct{ evidence, action string }

// In returns the evidence and the action in English or, for "es", in Spanish.
func (f *Finding) In(lang string) (evidence, action string) {
	all := english()
	if lang == "es" {
		all = spanish()
	}
	s, ok := all[string(f.Kind)+"/"+f.variant()]
	if !ok {
		s = all[string(f.Kind)]
	}
	var pairs []string
	for i, fact := range f.Facts {
		pairs = append(pairs, "{"+number(i)+"}", fact)
	}
	pairs = append(pairs, "{topic}", f.Topic, "{other}", f.Other)
	fill := strings.NewReplacer(pairs...)
	return fill.Replace(s.evidence), fill.Replace(s.action)
}

// variant tells apart sentences of one kind.
func (f *Finding) variant() string {
	first := ""
	if len(f.Facts) > 0 {
		first = f.Facts[0]
	}
	if first == "many" {
		return first
	}
	switch f.Kind {
	case DeadPin, RisingTerm:
		return first
	case MissingTopic:
		if first == "version" {
			return first
		}
	case NoAlt:
		switch {
		case f.Topic != "":
			return "topic"
		case first == "empty":
			return first
		}
	case NearDuplicate:
		if len(f.Facts) > 3 {
			return "group"
		}
	case NoDate:
		if first != "" {
			return "order"
		}
	case WrongTopic:
		if f.Other != "" {
			return "instead"
		}
	case NeverRecommended:
		if len(f.Facts) > 1 && f.Facts[1] != "-" {
			return "ranked"
		}
	case EmptyList:
		if first != "-" {
			return "weak"
		}
	case UncoveredSubject:
		if len(f.Facts) > 2 && f.Facts[2] == "-" {
			return "none"
		}
	}
	return ""
}

var english = sync.OnceValue(func() map[string]sentence {
	return map[string]sentence{
		"dead-letter":              {"Version {0} could not be indexed: {1} ({2}).", "Correct the item and publish it again under a later version."},
		"silent-source":            {"The source {other} was not read since {0}; the last try said: {1}.", "Mend its address, or remove it with akin source remove."},
		"held-source":              {"The source {other} lacks {0} of its {1} items, more than a tenth; none of them was withdrawn.", "See whether they are gone; if so, run akin source run with --force."},
		"dead-pin/withdrawn":       {"The pinned item {other} was withdrawn, so readers do not see it.", "Remove the pin, or pin what took its place."},
		"dead-pin/unknown":         {"There is no item {other}, so readers see nothing in its place.", "Remove the pin, or correct the id."},
		"dead-pin/embargoed":       {"The pinned item {other} is under embargo until {1}.", "Wait until then, or remove the pin."},
		"dead-pin/language":        {"The pinned item {other} is in {1} and has no version in {2}, the language of this work.", "Pin a work in that language, or add a translation."},
		"expired-block":            {"A {0} of {2} ended on {1} and has no effect any more.", "Remove it, or set a later date."},
		"near-duplicate":           {"Its score with {other} (“{2}”) is {0} of 1, over {1} shared terms; language versions are not compared.", "Withdraw one of the two and keep its address as an alias, or block the pair if both are wanted."},
		"near-duplicate/group":     {"It is one of {3} items that say nearly the same; with {other} (“{2}”) its score is {0} of 1, over {1} shared terms.", "Keep one and make the addresses of the others its aliases, or give each a summary of its own. Lists show one of them."},
		"same-topic":               {"These slugs differ only in case, accents or the signs between words; items that name each: {0}.", "Merge the others into {topic}."},
		"wrong-topic":              {"{0} of the {1} nearest works have this topic; nearest without it: {2}. Of labels that look as doubtful or more so, {3} were put there at random in a test where 1 in 20 was.", "Take the topic off, or ignore this if it is meant."},
		"wrong-topic/instead":      {"{0} of the {1} nearest works have this topic, and {5} have {4}; nearest without it: {2}. Of labels that look as doubtful or more so, {3} were put there at random in a test where 1 in 20 was.", "Take the topic off; {4} may be meant."},
		"missing-topic":            {"{0} of the {1} nearest works have this topic, among them {2}. Of suggestions as sure as this or surer, {3} were right for items that a label was held back from, and {4} at least over all items.", "Add the topic, or ignore it on this item."},
		"missing-topic/version":    {"Its version in {1}, “{2}”, has this topic.", "Give all language versions the same topics."},
		"unlinked-translation":     {"Both are by {2} on the same topics and types, {3} days apart, one in {0} and one in {1}, with {4} rare names or numbers in common; the other is “{5}”. Neither has a version in the other’s language.", "If it is a translation, set translationOf to {other}."},
		"no-topic":                 {"It names none of the {0} topics, so no topic page lists it.", "Add the topics that it is about; /draft suggests some."},
		"no-topic/many":            {"{1} of the {2} items name no topic, so no topic page lists them.", "See whether the import takes over the topics; give the items that matter theirs."},
		"no-summary":               {"It has no summary, and is compared by the {0} words of its title.", "Write a summary."},
		"no-summary/many":          {"{1} of the {2} items have no summary, and are compared by their titles.", "See whether the import takes over the summary or the body."},
		"no-date":                  {"It has no date, so readers see none and listings put it last.", "Add the date."},
		"no-date/order":            {"Readers see no date, though listings order it by {0}.", "Add the date."},
		"no-date/many":             {"{1} of the {2} items have no date that readers see.", "See whether the import takes over the date."},
		"no-alt":                   {"The text of its image is the name of a file, “{0}”.", "Say what the picture shows."},
		"no-alt/empty":             {"Its image has no text for those who cannot see it.", "Say what the picture shows."},
		"no-alt/topic":             {"The text of the topic’s image is “{0}”, which says nothing of the picture.", "Say what the picture shows."},
		"no-alt/many":              {"The images of {1} of the {2} items have no text that says what they show.", "See whether the import takes over that text."},
		"empty-list":               {"No item shares a term with it; {2} of its terms occur elsewhere.", "Write a fuller summary, or pin what belongs beside it."},
		"empty-list/weak":          {"Its best neighbour scores {0}, and an entry counts as similar from {1}.", "Write a fuller summary, or pin what belongs beside it."},
		"empty-list/many":          {"{1} of the {2} items have no similar entry.", "Import summaries or bodies; titles alone have few words in common."},
		"never-recommended":        {"It stands in none of the {0} lists where readers see it, and none of its neighbours names it.", "Write a fuller summary, or pin it where it belongs."},
		"never-recommended/ranked": {"It stands in none of the {0} lists where readers see it; its best place is {1}.", "Pin it where it belongs, or make its summary more particular."},
		"never-recommended/many":   {"{1} of the {2} items stand in no list where readers see it.", "Import summaries or bodies, or exclude what is no reading."},
		"over-exposed":             {"It stands in {0} lists where readers see it, {1} times the mean, {2} of all places.", "Make its summary more particular, or exclude it if it is no reading."},
		"never-clicked":            {"Readers saw it {0} times in related lists since {1} and never followed it; as often as others at its places, it would have been followed {2} times.", "Give it a clearer title, or exclude it if it is no reading."},
		"never-clicked-position":   {"Readers saw entries of the tier {0} at position {1} {2} times since {3} and followed none; at the mean of all places it would have been {4}.", "Show fewer entries there, or see whether readers can reach them."},
		"series":                   {"{0} items say nearly the same under titles that differ by a number or a date, from “{1}” to “{2}”.", "If it is a series, there is nothing to do: lists show one of them. A summary of its own would set each apart."},
		"stale":                    {"Its last work is of {0}, {1} days before the site’s latest; at its own pace, {3} works since {4}, {2} more were to be expected.", "Add new work, merge it into a neighbouring topic, or say that it is closed."},
		"stale/many":               {"{1} of the {2} topics had no new work for longer than their own pace lets expect.", "Merge topics that nobody tends into larger ones, or say that they are closed."},
		"thin":                     {"It has {0} works; a section of its page holds {1}.", "Add works, or merge it into a neighbouring topic."},
		"thin/many":                {"{1} of the {2} topics have too few works to fill a section of their page; {3} have a single one.", "Merge them into larger topics; tags that one work has lead no reader on."},
		"bloated":                  {"{0} works name it directly, {1} of the site.", "Split it into topics below it."},
		"growing":                  {"{0} works in the year to {1}; {2} a year before, and {3} to be expected at the site’s pace.", "Consider topics below it, or a larger place on the site."},
		"untranslated":             {"{1} of its {2} works have a version in {0}; over the site {3} have.", "Translate its most read works first."},
		"untranslated/many":        {"{1} of the {2} topics have fewer works in the second language than the site has.", "Translate the most read works of the largest topics first."},
		"uncovered-subject":        {"{0} works belong together, among them {1}; {2} has most of them, {3}.", "Make a topic of them, or widen one."},
		"uncovered-subject/none":   {"{0} works belong together, among them {1}; none of them has a topic.", "Make a topic of them, or widen one."},
		"rising-term/year":         {"{2} of the {3} items of the year to {1} have it, and {4} of the {5} of the five years before.", "See whether a topic gathers them."},
		"rising-term/quarter":      {"{2} of the {3} items of the quarter to {1} have it, and {4} of the {5} of the five years before.", "See whether a topic gathers them."},
	}
})

var spanish = sync.OnceValue(func() map[string]sentence {
	return map[string]sentence{
		"dead-letter":              {"La versión {0} no se pudo indexar: {1} ({2}).", "Corrija la obra y publíquela con una versión posterior."},
		"silent-source":            {"La fuente {other} no se ha leído desde {0}; el último intento dijo: {1}.", "Corrija su dirección o quítela con akin source remove."},
		"held-source":              {"A la fuente {other} le faltan {0} de sus {1} obras, más de una décima parte; no se ha retirado ninguna.", "Compruebe si ya no están; si es así, ejecute akin source run con --force."},
		"dead-pin/withdrawn":       {"La obra fijada {other} fue retirada, así que nadie la ve.", "Quite la fijación o fije la obra que la sustituye."},
		"dead-pin/unknown":         {"No existe la obra {other}, así que en su lugar no se ve nada.", "Quite la fijación o corrija el identificador."},
		"dead-pin/embargoed":       {"La obra fijada {other} está bajo embargo hasta el {1}.", "Espere hasta entonces o quite la fijación."},
		"dead-pin/language":        {"La obra fijada {other} está en {1} y no tiene versión en {2}, la lengua de esta obra.", "Fije una obra en esa lengua o añada una traducción."},
		"expired-block":            {"Una decisión ({0}) de {2} venció el {1} y ya no tiene efecto.", "Elimínela o póngale una fecha posterior."},
		"near-duplicate":           {"Su puntuación con {other} («{2}») es {0} de 1, con {1} términos en común; no se comparan versiones de otra lengua.", "Retire una de las dos y guarde su dirección como alias, o bloquee el par si ambas hacen falta."},
		"near-duplicate/group":     {"Es una de {3} obras que dicen casi lo mismo; con {other} («{2}») su puntuación es {0} de 1, con {1} términos en común.", "Conserve una y guarde las direcciones de las otras como alias, o dé a cada una un resumen propio. Las listas muestran una sola."},
		"same-topic":               {"Estos identificadores solo se distinguen por mayúsculas, acentos o los signos entre palabras; obras que los nombran: {0}.", "Fusione los otros con {topic}."},
		"wrong-topic":              {"{0} de las {1} obras más cercanas tienen este tema; las más cercanas sin él: {2}. De las etiquetas tan dudosas o más, {3} se habían puesto al azar en una prueba en la que lo era 1 de cada 20.", "Quite el tema, o no haga nada si es a propósito."},
		"wrong-topic/instead":      {"{0} de las {1} obras más cercanas tienen este tema y {5} tienen {4}; las más cercanas sin él: {2}. De las etiquetas tan dudosas o más, {3} se habían puesto al azar en una prueba en la que lo era 1 de cada 20.", "Quite el tema; quizá se quería {4}."},
		"missing-topic":            {"{0} de las {1} obras más cercanas tienen este tema, entre ellas {2}. De las sugerencias tan seguras como esta o más acertaron {3} en obras a las que se había ocultado una etiqueta, y al menos {4} en todas.", "Añada el tema, o ignórelo en esta obra."},
		"missing-topic/version":    {"Su versión en {1}, «{2}», tiene este tema.", "Dé los mismos temas a todas las versiones."},
		"unlinked-translation":     {"Ambas son de {2}, de los mismos temas y tipos, con {3} días de diferencia, una en {0} y otra en {1}, y comparten {4} nombres o números poco comunes; la otra es «{5}». Ninguna tiene versión en la lengua de la otra.", "Si es una traducción, ponga {other} en translationOf."},
		"no-topic":                 {"No tiene ninguno de los {0} temas, así que no aparece en ninguna página de tema.", "Añada los temas de los que trata; /draft sugiere algunos."},
		"no-topic/many":            {"{1} de las {2} obras no nombran ningún tema, así que no están en ninguna página de tema.", "Mire si la importación conserva los temas; dé los suyos a las obras que importan."},
		"no-summary":               {"No tiene resumen y se compara por las {0} palabras del título.", "Escriba un resumen."},
		"no-summary/many":          {"{1} de las {2} obras no tienen resumen y se comparan por sus títulos.", "Mire si la importación conserva el resumen o el cuerpo."},
		"no-date":                  {"No tiene fecha: no se muestra ninguna y queda al final de las listas.", "Añada la fecha."},
		"no-date/order":            {"No se muestra ninguna fecha, aunque las listas la ordenan por {0}.", "Añada la fecha."},
		"no-date/many":             {"{1} de las {2} obras no tienen fecha que se vea.", "Mire si la importación conserva la fecha."},
		"no-alt":                   {"El texto de su imagen es el nombre de un archivo, «{0}».", "Diga qué muestra la imagen."},
		"no-alt/empty":             {"Su imagen no tiene texto para quien no puede verla.", "Diga qué muestra la imagen."},
		"no-alt/topic":             {"El texto de la imagen del tema es «{0}», que no dice nada de ella.", "Diga qué muestra la imagen."},
		"no-alt/many":              {"Las imágenes de {1} de las {2} obras no tienen un texto que diga qué muestran.", "Mire si la importación conserva ese texto."},
		"empty-list":               {"Ninguna obra comparte un término con ella; {2} de sus términos aparecen en otras.", "Escriba un resumen más amplio o fije lo que debe acompañarla."},
		"empty-list/weak":          {"Su mejor vecina puntúa {0}, y una obra cuenta como similar desde {1}.", "Escriba un resumen más amplio o fije lo que debe acompañarla."},
		"empty-list/many":          {"{1} de las {2} obras no tienen ninguna entrada similar.", "Importe resúmenes o cuerpos; los títulos solos tienen pocas palabras en común."},
		"never-recommended":        {"No se ve en ninguna de las {0} listas, y ninguna de sus vecinas la nombra.", "Escriba un resumen más amplio o fíjela donde corresponda."},
		"never-recommended/ranked": {"No se ve en ninguna de las {0} listas; su mejor puesto es el {1}.", "Fíjela donde corresponda o haga más preciso su resumen."},
		"never-recommended/many":   {"{1} de las {2} obras no están en ninguna lista donde se vean.", "Importe resúmenes o cuerpos, o excluya lo que no es lectura."},
		"over-exposed":             {"Se ve en {0} listas, {1} veces la media, {2} de todos los puestos.", "Haga más preciso su resumen, o exclúyala si no es para leer."},
		"never-clicked":            {"Se vio {0} veces en listas de relacionados desde el {1} y nadie la siguió; con la frecuencia de otras en sus puestos, la habrían seguido {2} veces.", "Dele un título más claro, o exclúyala si no es para leer."},
		"never-clicked-position":   {"Desde el {3} se vieron {2} veces obras en el puesto {1} ({0}) y no se siguió ninguna; con la media de todos los puestos habrían sido {4}.", "Muestre menos obras ahí, o mire si se puede llegar a ellas."},
		"series":                   {"{0} obras dicen casi lo mismo bajo títulos que solo se distinguen por un número o una fecha, de «{1}» a «{2}».", "Si es una serie, no hay nada que hacer: las listas muestran una sola. Un resumen propio distinguiría cada una."},
		"stale":                    {"Su última obra es del {0}, {1} días antes de la más reciente del sitio; a su propio ritmo, {3} obras desde el {4}, cabía esperar {2} más.", "Añada obras, una el tema con otro cercano o diga que está cerrado."},
		"stale/many":               {"{1} de los {2} temas llevan sin obra nueva más de lo que su propio ritmo deja esperar.", "Fusione con otros mayores los temas que nadie cuida, o diga que están cerrados."},
		"thin":                     {"Tiene {0} obras; una sección de su página muestra {1}.", "Añada obras o una el tema con otro cercano."},
		"thin/many":                {"{1} de los {2} temas tienen demasiado pocas obras para llenar una sección de su página; {3} tienen una sola.", "Fusiónelos con temas mayores; una etiqueta de una sola obra no lleva a ningún lector más allá."},
		"bloated":                  {"{0} obras lo nombran directamente, {1} del sitio.", "Divídalo en temas más precisos."},
		"growing":                  {"{0} obras en el año hasta el {1}; antes {2} al año, y al ritmo del sitio cabía esperar {3}.", "Piense en temas más precisos o en darle más espacio."},
		"untranslated":             {"{1} de sus {2} obras tienen versión en {0}; en todo el sitio, {3}.", "Traduzca primero las más leídas."},
		"untranslated/many":        {"{1} de los {2} temas tienen menos obras en la segunda lengua que el sitio.", "Traduzca primero las obras más leídas de los temas mayores."},
		"uncovered-subject":        {"{0} obras van juntas, entre ellas {1}; {2} reúne más que ningún otro tema, {3}.", "Haga de ellas un tema o amplíe uno."},
		"uncovered-subject/none":   {"{0} obras van juntas, entre ellas {1}; ninguna tiene tema.", "Haga de ellas un tema o amplíe uno."},
		"rising-term/year":         {"Lo tienen {2} de las {3} obras del año hasta el {1}, y {4} de las {5} de los cinco años anteriores.", "Mire si un tema las reúne."},
		"rising-term/quarter":      {"Lo tienen {2} de las {3} obras del trimestre hasta el {1}, y {4} de las {5} de los cinco años anteriores.", "Mire si un tema las reúne."},
	}
})
