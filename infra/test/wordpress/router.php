<?php
// Gives PHP's own server what a rewriting one does: addresses that are no files
// are WordPress's. What belongs to the site alone is in a folder of its own.
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$own = realpath(getenv('AKIN_WP_CONTENT') . substr($path, strlen('/wp-content')));
$types = ['css' => 'text/css', 'js' => 'text/javascript', 'png' => 'image/png'];
$type = $types[pathinfo($path, PATHINFO_EXTENSION)] ?? '';
if (strpos($path, '/wp-content/') === 0 && $type && $own && strpos($own, realpath(getenv('AKIN_WP_CONTENT')) . '/') === 0) {
	header("Content-Type: $type");
	readfile($own);
	return;
}
if (is_file(getenv('AKIN_WP_ROOT') . $path)) {
	return false;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
require getenv('AKIN_WP_ROOT') . '/index.php';
