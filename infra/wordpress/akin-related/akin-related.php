<?php
/**
 * Plugin Name:       akin related content
 * Description:       Shows related posts, found by akin on a server of your own, and hands your posts over to it. Pages are rendered on this server and keep their lists while akin is away.
 * Version:           1.0.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * License:           MIT
 * Text Domain:       akin-related
 * Domain Path:       /languages
 *
 * @package Akin_Related
 */

defined( 'ABSPATH' ) || exit;

define( 'AKIN_RELATED_VERSION', '1.0.0' );
define( 'AKIN_RELATED_FILE', __FILE__ );

require_once __DIR__ . '/includes/class-akin-related-settings.php';
require_once __DIR__ . '/includes/class-akin-related-client.php';
require_once __DIR__ . '/includes/class-akin-related-languages.php';
require_once __DIR__ . '/includes/class-akin-related-text.php';
require_once __DIR__ . '/includes/class-akin-related-item.php';
require_once __DIR__ . '/includes/class-akin-related-table.php';
require_once __DIR__ . '/includes/class-akin-related-changes.php';
require_once __DIR__ . '/includes/class-akin-related-sender.php';
require_once __DIR__ . '/includes/class-akin-related-sync.php';
require_once __DIR__ . '/includes/class-akin-related-lists.php';
require_once __DIR__ . '/includes/class-akin-related-words.php';
require_once __DIR__ . '/includes/class-akin-related-view.php';
require_once __DIR__ . '/includes/class-akin-related-rest.php';
require_once __DIR__ . '/includes/class-akin-related-admin.php';

Akin_Related_Settings::hook();
Akin_Related_Table::hook();
Akin_Related_Changes::hook();
Akin_Related_Sender::hook();
Akin_Related_View::hook();
Akin_Related_Rest::hook();
Akin_Related_Admin::hook();

register_deactivation_hook( __FILE__, array( 'Akin_Related_Sender', 'unschedule' ) );

if ( defined( 'WP_CLI' ) && WP_CLI ) {
	require_once __DIR__ . '/includes/class-akin-related-command.php';
	WP_CLI::add_command( 'akin', 'Akin_Related_Command' );
}
