<?php
// Writes the export file that Tools, Export gives.
require getenv('AKIN_WP_ROOT') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/export.php';
export_wp(['content' => 'all']);
