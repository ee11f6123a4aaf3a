<?php
/**
 * Leaves nothing behind: no option, no table, no event, no meta of terms. What
 * akin knows stays there.
 *
 * @package Akin_Related
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

/**
 * Cleans one site.
 */
function akin_related_clean() {
	global $wpdb;
	foreach ( array( 'settings', 'away', 'lock', 'epoch', 'format' ) as $name ) {
		delete_option( 'akin_related_' . $name );
	}
	wp_clear_scheduled_hook( 'akin_related_work' );
	wp_clear_scheduled_hook( 'akin_related_hourly' );
	delete_metadata( 'term', 0, 'akin_related_topic', '', true );
	$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->prefix}akin_related" ); // phpcs:ignore WordPress.DB -- the plugin's own table.
}

if ( is_multisite() ) {
	foreach ( get_sites(
		array(
			'fields' => 'ids',
			'number' => 0,
		)
	) as $akin_related_site ) {
		switch_to_blog( $akin_related_site );
		akin_related_clean();
		restore_current_blog();
	}
} else {
	akin_related_clean();
}
