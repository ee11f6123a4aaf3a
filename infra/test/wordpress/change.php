<?php
// Edits the post of one slug and puts that of another into the trash; what is
// changed is dated as the third argument says, in UTC.
require getenv('AKIN_WP_ROOT') . '/wp-load.php';
[, $edit, $trash, $when] = $argv;
$post = get_page_by_path($edit, OBJECT, 'post');
add_filter('wp_insert_post_data', function ($data) use ($when) {
	$data['post_modified_gmt'] = $when;
	$data['post_modified'] = get_date_from_gmt($when);
	return $data;
});
wp_update_post(['ID' => $post->ID, 'post_title' => 'The lock was mended']);
wp_trash_post(get_page_by_path($trash, OBJECT, 'post')->ID);
