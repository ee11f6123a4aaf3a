<?php
// The settings of the WordPress that a test runs: what differs from run to run
// comes from the environment. Its database listens on a socket alone.
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . getenv('AKIN_WP_SOCKET'));
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_HOME', getenv('AKIN_WP_HOME'));
define('WP_SITEURL', getenv('AKIN_WP_HOME'));
define('WP_CONTENT_DIR', getenv('AKIN_WP_CONTENT'));
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('WP_AUTO_UPDATE_CORE', false);
define('WP_DEBUG', false);
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $key) {
	define($key . '_KEY', 'of a test, ' . $key);
	define($key . '_SALT', 'of a test, ' . $key);
}
$table_prefix = 'wp_';
if (!defined('ABSPATH')) {
	define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
