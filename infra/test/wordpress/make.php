<?php
// Makes a site of 300 posts and more: drafts, private and scheduled ones, some
// with a password, some in the trash, two languages, shortcodes, images.
$socket = getenv('AKIN_WP_SOCKET');
$db = new mysqli('localhost', 'root', '', '', 0, $socket);
$db->query('CREATE DATABASE wordpress CHARACTER SET utf8mb4');
$db->close();

define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = parse_url(getenv('AKIN_WP_HOME'), PHP_URL_HOST) . ':' . parse_url(getenv('AKIN_WP_HOME'), PHP_URL_PORT);
$_SERVER['REQUEST_URI'] = '/';
require getenv('AKIN_WP_ROOT') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('The Weir', 'root77', 'root77@example.org', true, '', 'no secret here');
do_action('init'); // what the site registers; it was skipped before there was one
switch_theme('plain');
update_option('permalink_structure', '/%postname%/');
update_option('timezone_string', 'Europe/Madrid');
global $wp_rewrite;
$wp_rewrite->init();
flush_rewrite_rules(false);
wp_update_user(['ID' => 1, 'display_name' => 'Ann Weir']);
wp_defer_term_counting(true);
wp_suspend_cache_invalidation(false);

$water = wp_insert_term('Water & weirs', 'category', ['slug' => 'water', 'description' => 'All that flows.'])['term_id'];
$mills = wp_insert_term('Mills', 'category', ['slug' => 'mills', 'parent' => $water])['term_id'];
$closed = wp_insert_term('Closed files', 'category', ['slug' => 'closed-files'])['term_id'];
wp_insert_term('English', 'language', ['slug' => 'en']);
wp_insert_term('Deutsch', 'language', ['slug' => 'de']);

function image($parent, $name, $alt) {
	$id = wp_insert_attachment(['post_title' => $name, 'post_mime_type' => 'image/png', 'post_status' => 'inherit',
		'guid' => home_url("/wp-content/uploads/$name.png")], "$name.png", $parent);
	update_post_meta($id, '_wp_attachment_image_alt', $alt);
	set_post_thumbnail($parent, $id);
}

$things = ['lock', 'sluice', 'wheel', 'ferry', 'bridge', 'eel', 'heron', 'flood', 'dyke', 'barge'];
$dinge = ['Schleuse', 'Wehr', 'Rad', 'Faehre', 'Bruecke', 'Aal', 'Reiher', 'Flut', 'Deich', 'Kahn'];
$made = 0;
$pairs = [];
for ($i = 0; $i < 300; $i++) {
	$german = $i % 6 === 1 && $i > 1;
	$thing = $german ? $dinge[$i % 10] : $things[$i % 10];
	$post = [
		'post_title' => $german ? "Das $thing Nummer $i" : "The $thing number $i",
		'post_name' => sanitize_title("$thing-$i"),
		'post_content' => $german
			? "<!-- wp:paragraph --><p>Am Morgen steht $thing $i still und der Fluss steigt langsam an.</p><!-- /wp:paragraph -->"
			: "<!-- wp:paragraph --><p>At dawn the $thing $i stands still while the river rises slowly.</p><!-- /wp:paragraph -->\n\n[note]The keeper of $thing $i has gone home.[/note] [slider id=\"$i\" speed=\"3\"]",
		'post_excerpt' => $i % 4 === 0 ? "A keeper tells of $thing $i." : '',
		'post_status' => 'publish',
		'post_author' => 1,
		'post_date' => date('Y-m-d H:i:s', strtotime('2024-01-01 00:30:00') + $i * 86400),
		'post_category' => [$i % 3 ? $water : $mills],
		'tags_input' => [$thing],
	];
	switch ($i % 20) {
		case 3: $post['post_status'] = 'draft'; break;
		case 5: $post['post_status'] = 'private'; $post['post_category'] = [$closed]; break;
		case 8: $post['post_status'] = 'pending'; break;
		case 9: $post['post_status'] = 'future'; $post['post_date'] = '2099-05-01 10:00:00'; break;
		case 15: $post['post_password'] = 'open'; break;
	}
	if ($post['post_status'] !== 'publish' || isset($post['post_password'])) {
		$post['post_title'] = "SECRET $i " . $post['post_title'];
		$post['post_content'] = "<p>SECRET $i, nobody is to read this.</p>";
		$post['post_excerpt'] = '';
	}
	$id = wp_insert_post($post, true);
	if (is_wp_error($id)) {
		fwrite(STDERR, $id->get_error_message());
		exit(1);
	}
	if ($i % 20 === 16) {
		wp_update_post(['ID' => $id, 'post_title' => "SECRET $i in the bin"]);
		wp_trash_post($id);
	} elseif ($i % 10 === 0) {
		image($id, "picture-$i", "A $thing at dawn"); // its number comes behind the post's
	}
	wp_set_object_terms($id, $german ? 'de' : 'en', 'language');
	if ($german) { // of the post before
		$group = wp_insert_term("pll_$i", 'post_translations', ['description' => serialize(['en' => $last, 'de' => $id])]);
		wp_set_object_terms($id, [(int) $group['term_id']], 'post_translations');
		wp_set_object_terms($last, [(int) $group['term_id']], 'post_translations');
	}
	$last = $id;
}
foreach ([1, 2, 3] as $n) {
	wp_insert_post(['post_type' => 'recipe', 'post_status' => 'publish', 'post_title' => "Eel, the {$n}. way", 'post_content' => "Take an eel and $n onions.",
		'post_date' => '2024-06-01 12:00:00', 'post_author' => 1, 'tags_input' => ['eel']]);
	wp_insert_post(['post_type' => 'booking', 'post_status' => 'publish', 'post_title' => "SECRET booking $n", 'post_content' => 'A name and a telephone number.']);
	wp_insert_post(['post_type' => 'page', 'post_status' => 'publish', 'post_title' => "About us, part $n", 'post_content' => "We keep the weir since 190$n.", 'post_author' => 1]);
}
wp_insert_comment(['comment_post_ID' => $last, 'comment_content' => 'SECRET comment', 'comment_approved' => 0]);
