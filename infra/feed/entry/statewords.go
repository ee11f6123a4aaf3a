package entry

// signNames are what columns and members are called that say who may see a work.
var signNames = []struct {
	sign  Sign
	names string
}{
	{Sign{sure: true, plain: true}, "status poststatus publishstatus publishedstatus publishingstatus publicationstatus publishstate publicationstate workflowstate workflowstatus workflowstep " +
		"approvalstatus reviewstatus editorialstatus contentstatus currentstate aposmode visibility statut estatus statuspublicacion estadodepublicacion estadopublicacion etatdepublication " +
		"veroffentlichungsstatus publikationsstatus statodipubblicazione statopubblicazione statusdapublicacao publicatiestatus publiceringsstatus publiseringsstatus julkaisutila " +
		"statuspublikacji stavpublikace yayındurumu статус статуспубликации статуспублікації ステータス 公開状態 公開ステータス 发布状态 發布狀態 공개상태 게시상태 상태"},
	{Sign{}, "state stage workflow moderationstate robots metarobots access accesslevel privacy audience estado estat stato etat zustand situacao stan stav durum durumu tila tilstand " +
		"sichtbarkeit visibilidad visibilite visibilita visibilidade zichtbaarheid synlighet synlighed zugriff acceso acces accesso acesso privacidad confidentialite privatsphare 状態 状态 狀態"},

	{Sign{kind: shown, hides: Draft, sure: true, plain: true}, "published publish publishedat publishedon firstpublishedat live onlive " +
		"publicado publicada publicadoel publicadoem publie publiee publiele veroffentlicht veroeffentlicht veroffentlichtam veroeffentlichtam " +
		"pubblicato pubblicata pubblicatoil gepubliceerd gepubliceerdop publicerad publiceret publisert julkaistu opublikowano opublikowany publikovano yayında yayınlandı опубликовано опубліковано " +
		"已发布 已發布 公開 公开 게시됨"},
	{Sign{kind: shown, hides: Draft, sure: true}, "approved freigegeben freigabe aprobado aprovado approuve approvato goedgekeurd godkand godkendt godkjent hyvaksytty zatwierdzony schvaleno onaylandı одобрено"},
	{Sign{kind: shown, hides: Private, sure: true}, "public visible showonsite visibleonsite sichtbar offentlich oeffentlich publico publica publique pubblico visibile visivel zichtbaar openbaar " +
		"synlig offentligt nakyva julkinen widoczny publiczny viditelny verejny gorunur видимый видно публичный 可见 可見 表示"},
	{Sign{kind: shown, hides: Draft}, "active enabled online aktiv activo activa actif active actief attivo attiva ativo ativa aktywny aktivni aktif aktiivinen enligne enlinea активен активно включено 启用 啟用 有効 활성"},

	{Sign{kind: hidden, hides: Draft, sure: true, plain: true}, "draft drafts unpublished borrador brouillon entwurf bozza rascunho concept utkast kladde luonnos szkic taslak koncept черновик чернетка 草稿 下書き 초안"},
	{Sign{kind: hidden, hides: Trashed, sure: true, plain: true}, "deleted deletedat deletedon trashed trash removed withdrawn retracted eliminado supprime geloscht geloescht eliminato excluido apagado verwijderd raderad slettet poistettu usuniety smazano silindi удалено видалено 删除 刪除 削除 삭제"},
	{Sign{kind: hidden, hides: Trashed, sure: true}, "archived archivedat archivedon archivado archivada archive archivee archiviert archiviato archiviata arquivado gearchiveerd arkiverad arkiveret arkivert zarchiwizowany archivovano arsivlendi архив архивный 归档 封存 アーカイブ 보관됨"},
	{Sign{kind: hidden, hides: Private, sure: true}, "private privat prive privado privato privaat prywatny soukromy ozel приватно hidden unlisted versteckt verborgen ausgeblendet oculto oculta masque nascosto skjult dold piilotettu ukryty skryty gizli скрыто скрытый 隐藏 隱藏 非表示 非公開 비공개 " +
		"membersonly memberonly subscribersonly subscriberonly loginrequired requireslogin internalonly staffonly nurintern nurfurmitglieder confidential vertraulich restricted"},
	{Sign{kind: hidden, hides: Private}, "internal intern interno interna interne"},
	{Sign{kind: hidden, hides: Expired}, "expired abgelaufen caducado expire scaduto expirado verlopen"},
	{Sign{kind: hidden, hides: NoIndex, sure: true, plain: true}, "noindex robotsnoindex metarobotsnoindex metanoindex seonoindex yoastnoindex excludefromsearch hidefromsearch hidefromsearchengines"},
	{Sign{kind: hidden, hides: Protected, sure: true, plain: true}, "haspassword passwordprotected"},
	{Sign{kind: secret, hides: Protected, sure: true, plain: true}, "password postpassword"},
}

// FromNames and UntilNames are what the times are called, folded, from and until
// which a work may be seen.
const (
	FromNames = "visiblefrom embargo embargodate embargoeduntil embargountil embargoedtill embargotill scheduled scheduledfor scheduledat scheduleddate schedule publishafter publishat publishfrom publishup livefrom livedate " +
		"availablefrom availableon validfrom visibleafter sperrfrist embargobis sichtbarab gultigab verfugbarab visibledesde visibleapartirde visiblede zichtbaarvanaf"
	UntilNames = "expires expiresat expireson expiry expirydate expirationdate expiration expiredate expiredat unpublishdate unpublishat unpublishon unpublishafter unpublishtime publishdown publishuntil visibleuntil visibleto " +
		"availableuntil availableto validuntil validto takedowndate takedownat removaldate removeon ablaufdatum gultigbis sichtbarbis verfugbarbis caducidad fechadecaducidad caduca dateexpiration datedexpiration scadenza datadiscadenza vervaldatum"
)

// stateWords are the words of states, in several languages.
var stateWords = []struct {
	standing standing
	words    string
}{
	{standing{}, "published publish public publishedorscheduled publishedab updated posted visible live online active enabled approved accepted final released everyone everybody anyone anonymous open openaccess world all free ok 200 p " +
		"publicado publicada publie publiee veroffentlicht veroeffentlicht pubblicato pubblicata gepubliceerd publicerad publicerat publiceret publisert julkaistu opublikowany opublikowane opublikowano publikovano publikovany " +
		"yayinda yayında yayımlandı yayınlandı kozzeteve publicat δημοσιευμενο опубликовано опубликован опубликована опубліковано 已发布 已發布 公開 公开 公開済み 公開中 掲載中 게시됨 게시 공개 발행됨 منشور פורסם प्रकाशित " +
		"aktiv activo activa actif attivo ativo actief sichtbar visibile zichtbaar synlig offentlich oeffentlich publico publica publique pubblico openbaar offentlig offentligt julkinen publiczny verejny freigegeben aprobado approuve approvato aprovado goedgekeurd " +
		"enligne enlinea"},
	{standing{status: Draft}, "draft drafts autodraft pending pendingreview inreview needsreview underreview tobereviewed review unpublished unpublish notpublished neverpublished inprogress workinprogress wip needswork submitted new inactive disabled offline " +
		"assigned pitch idea incomplete unfinished notready todo sent rejected refused declined denied unapproved notapproved onhold hold paused suspended blocked inherit d " +
		"borrador pendiente pendientederevision nopublicado despublicado enrevision rechazado inactivo brouillon enattente nonpublie depublie enrelecture refuse entwurf ausstehend inprufung nichtveroffentlicht unveroffentlicht inbearbeitung abgelehnt inaktiv zurprufung " +
		"bozza inattesa noninpubblicato nonpubblicato rifiutato inattivo rascunho pendente naopublicado despublicada rejeitado inativo " +
		"concept klad inafwachting nietgepubliceerd afgewezen utkast kladde vantar opublicerad avpublicerad upubliceret upublisert luonnos julkaisematon odottaa szkic wersjarobocza roboczy nieopublikowany nieopublikowane oczekujacy odrzucony " +
		"koncept rozpracovane nepublikovano vazlat ciorna taslak beklemede yayındadegil προχειρο черновик начерновик наутверждении напроверке неопубликовано неопубликован снятоспубликации чернетка неопубліковано " +
		"草稿 未发布 未發布 待审核 待審核 下書き 未公開 レビュー待ち 초안 임시저장 미게시 검토중 مسودة טיוטה मसौदा"},
	{standing{planned: true}, "scheduled future planned programado programada planifie planifiee programme geplant programmato programmata agendado agendada gepland schemalagd planlagt ajastettu zaplanowany naplanovano planlandı zamanlandı запланировано 定时发布 已排程 予約 予約投稿 예약 예약됨"},
	{standing{status: Private}, "private hidden internal internalonly intern interno interna interne confidential secret restricted limited staff staffonly members memberonly member membersonly paid onlypaid onlyfree premium subscribers subscriber subscribersonly subscriberonly " +
		"registered registeredusers login loginrequired loggedin unlisted notlisted invisible followers friends contacts " +
		"privado privada prive privee privat privato privata oculto oculta miembros solomiembros socios soloparamiembros abonnes membres reserveauxmembres masque cache invisible versteckt verborgen ausgeblendet unsichtbar vertraulich mitglieder nurfurmitglieder nichtoffentlich " +
		"nascosto riservato soci membri abbonati membros assinantes leden priveaccess dold medlemmar skjult medlemmer piilotettu yksityinen jasenet prywatny prywatne ukryty soukromy soukrome skryty ozel gizli " +
		"приватно личное скрыто скрыта скрытый приватний 私密 私有 隐藏 隱藏 会员 會員 非公開 限定公開 会員限定 비공개 회원전용 خاص פרטי"},
	{standing{status: NoIndex}, "noindex noindexfollow noindexnofollow noindexindex"},
	{standing{}, "index indexfollow indexnofollow"},
	{standing{status: Protected}, "protected password passwordprotected"},
	{standing{status: Trashed}, "trash trashed deleted removed withdrawn retracted archived archive spiked killed spam 404 410 -2 papelera eliminado eliminada corbeille supprime supprimee papierkorb geloscht geloescht archiviert archivado archivada cestino eliminato archiviato " +
		"lixeira excluido arquivado prullenbak verwijderd gearchiveerd papperskorg raderad arkiverad papirkurv slettet arkiveret arkivert roskakori poistettu arkistoitu kosz usuniety zarchiwizowany kos smazano archivovano cop silindi arsivlendi " +
		"корзина вкорзине удалено удален архив вархиве кошик видалено 回收站 已删除 已刪除 归档 已归档 封存 ゴミ箱 削除済み アーカイブ 휴지통 삭제됨 보관"},
	{standing{status: Expired}, "expired abgelaufen expire expiree caducado vencido scaduto expirado verlopen utgatt udlobet vanhentunut wygasl vyprselo suresidoldu истек истекло 已过期 已過期 期限切れ 만료됨"},
}

const (
	yesWords = "yes y true t 1 on x oui vrai si s sí verdadero ja j wahr vero sim verdadeiro waar sant sann sand joo kylla tosi tak prawda ano pravda igen igaz da adevarat evet dogru ναι да истина так істина 是 真 はい 예 네 כן نعم ✓ ✔ ☑ ✅ √ 〇 ○ ● checked"
	noWords  = "no n false f 0 off non faux falso nein falsch nao não nee onwaar nej falskt falsk usann ei epatosi nie fałsz ne nepravda nem hamis nu fals hayır yanlıs όχι нет ложь ні хибність 否 假 いいえ 아니요 아니오 לא لا ✗ ✘ ✕ ✖ × ☐ ❌ unchecked"
)
