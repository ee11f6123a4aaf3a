<?php
// Gives PHP's own server what a rewriting one does: addresses that are no files
// are WordPress's.
if (is_file(getenv('AKIN_WP_ROOT') . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH))) {
	return false;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
require getenv('AKIN_WP_ROOT') . '/index.php';
