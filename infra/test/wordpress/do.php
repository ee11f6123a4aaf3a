<?php
// Runs PHP in the site, as its administrator, and what it returns goes out as JSON.
require getenv('AKIN_WP_ROOT') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';
wp_set_current_user(1);
echo wp_json_encode((fn($code) => eval($code))($argv[1]));
