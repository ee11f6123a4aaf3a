<?php
/**
 * The settings page, and the panel in the editor.
 *
 * @package Akin_Related
 */

defined( 'ABSPATH' ) || exit;

/**
 * What administrators and editors see in the dashboard.
 */
class Akin_Related_Admin {

	const PAGE = 'akin-related';

	/**
	 * Registers all of it.
	 */
	public static function hook() {
		add_action( 'admin_menu', array( __CLASS__, 'menu' ) );
		add_action( 'admin_notices', array( __CLASS__, 'notice' ) );
		add_action( 'admin_enqueue_scripts', array( __CLASS__, 'scripts' ) );
		add_action( 'enqueue_block_editor_assets', array( __CLASS__, 'editor' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( AKIN_RELATED_FILE ), array( __CLASS__, 'links' ) );
		add_action( 'admin_init', array( __CLASS__, 'privacy' ) );
	}

	/**
	 * Adds the page.
	 */
	public static function menu() {
		add_options_page( __( 'Related content by akin', 'akin-related' ), __( 'akin', 'akin-related' ), 'manage_options', self::PAGE, array( __CLASS__, 'page' ) );
	}

	/**
	 * Returns the address of the page.
	 *
	 * @return string
	 */
	private static function address() {
		return admin_url( 'options-general.php?page=' . self::PAGE );
	}

	/**
	 * Adds the page's link to the list of plugins.
	 *
	 * @param string[] $links HTML.
	 * @return string[]
	 */
	public static function links( $links ) {
		array_unshift( $links, sprintf( '<a href="%s">%s</a>', esc_url( self::address() ), esc_html__( 'Settings', 'akin-related' ) ) );
		return $links;
	}

	/**
	 * Suggests what to write into the site's privacy policy.
	 */
	public static function privacy() {
		if ( function_exists( 'wp_add_privacy_policy_content' ) ) {
			wp_add_privacy_policy_content( 'akin related content', '<p>' . esc_html__( 'Related posts are found by a server of our own, which is given the texts that are published here. It is told nothing about visitors, and their browsers do not ask it.', 'akin-related' ) . '</p>' );
		}
	}

	/**
	 * Says what keeps posts from being handed over.
	 */
	public static function notice() {
		if ( ! current_user_can( 'manage_options' ) || ! Akin_Related_Settings::copied() ) {
			return;
		}
		printf(
			'<div class="notice notice-warning"><p>%s <a href="%s">%s</a></p></div>',
			/* translators: 1: an address, 2: another one. */
			esc_html( sprintf( __( 'akin was connected to this site at %1$s, and its address is now %2$s. If it is a copy, leave it so: nothing is handed over. If the site has moved, save the settings once.', 'akin-related' ), Akin_Related_Settings::get( 'home' ), get_option( 'home' ) ) ),
			esc_url( self::address() ),
			esc_html__( 'Settings of akin', 'akin-related' )
		);
	}

	/**
	 * Loads what the page needs.
	 *
	 * @param string $page In the dashboard.
	 */
	public static function scripts( $page ) {
		if ( 'settings_page_' . self::PAGE !== $page ) {
			return;
		}
		wp_enqueue_style( 'akin-related-admin', plugins_url( 'assets/admin.css', AKIN_RELATED_FILE ), array(), AKIN_RELATED_VERSION );
		wp_enqueue_script( 'akin-related-admin', plugins_url( 'assets/admin.js', AKIN_RELATED_FILE ), array( 'wp-api-fetch', 'wp-i18n' ), AKIN_RELATED_VERSION, true );
		wp_set_script_translations( 'akin-related-admin', 'akin-related' );
	}

	/**
	 * Loads the panel of the editor, for the posts that are handed over.
	 */
	public static function editor() {
		$screen = get_current_screen();
		if ( ! $screen || 'post' !== $screen->base || '' === Akin_Related_Settings::get( 'address' ) || ! in_array( $screen->post_type, Akin_Related_Settings::types(), true ) ) {
			return;
		}
		wp_enqueue_style( 'akin-related-panel', plugins_url( 'assets/panel.css', AKIN_RELATED_FILE ), array(), AKIN_RELATED_VERSION );
		wp_enqueue_script(
			'akin-related-panel',
			plugins_url( 'assets/panel.js', AKIN_RELATED_FILE ),
			array( 'wp-plugins', 'wp-edit-post', 'wp-editor', 'wp-element', 'wp-components', 'wp-data', 'wp-api-fetch', 'wp-i18n', 'wp-url' ),
			AKIN_RELATED_VERSION,
			true
		);
		wp_set_script_translations( 'akin-related-panel', 'akin-related' );
	}

	/**
	 * Prints the page.
	 */
	public static function page() {
		if ( ! current_user_can( 'manage_options' ) ) {
			return;
		}
		?>
		<div class="wrap akin-related-settings">
			<h1><?php esc_html_e( 'Related content by akin', 'akin-related' ); ?></h1>
			<form action="options.php" method="post">
				<?php settings_fields( 'akin-related' ); ?>
				<?php self::connection(); ?>
				<?php self::appearance(); ?>
				<?php submit_button(); ?>
			</form>
			<?php self::state(); ?>
		</div>
		<?php
	}

	/**
	 * Prints a field's name attribute.
	 *
	 * @param string $name Of the setting.
	 */
	private static function name( $name ) {
		echo esc_attr( Akin_Related_Settings::OPTION . '[' . $name . ']' );
	}

	/**
	 * Prints the fields of the connection.
	 */
	private static function connection() {
		$now   = Akin_Related_Settings::all();
		$fixed = defined( 'AKIN_RELATED_TOKEN' );
		$kept  = '' !== Akin_Related_Settings::token();
		?>
		<h2><?php esc_html_e( 'Connection', 'akin-related' ); ?></h2>
		<table class="form-table" role="presentation">
			<tr>
				<th scope="row"><label for="akin-address"><?php esc_html_e( 'Address of akin', 'akin-related' ); ?></label></th>
				<td>
					<input type="url" id="akin-address" class="regular-text" name="<?php self::name( 'address' ); ?>" value="<?php echo esc_attr( $now['address'] ); ?>" placeholder="http://127.0.0.1:8080" aria-describedby="akin-address-help">
					<p class="description" id="akin-address-help"><?php esc_html_e( 'As this server reaches it; your visitors need not.', 'akin-related' ); ?></p>
				</td>
			</tr>
			<tr>
				<th scope="row"><label for="akin-token"><?php esc_html_e( 'Token', 'akin-related' ); ?></label></th>
				<td>
					<?php if ( $fixed ) : ?>
						<p><?php esc_html_e( 'wp-config.php gives it, as AKIN_RELATED_TOKEN.', 'akin-related' ); ?></p>
					<?php else : ?>
						<input type="password" id="akin-token" class="regular-text" name="<?php self::name( 'token' ); ?>" value="" autocomplete="new-password" placeholder="<?php echo esc_attr( $kept ? __( 'stored; type another to replace it', 'akin-related' ) : '' ); ?>" aria-describedby="akin-token-help">
						<p class="description" id="akin-token-help">
							<?php
							/* translators: %s: a command. */
							echo wp_kses( sprintf( __( 'Made by %s. It stays on this server.', 'akin-related' ), '<code>akin token blog editor pipeline</code>' ), array( 'code' => array() ) );
							?>
						</p>
						<?php if ( $kept ) : ?>
							<label><input type="checkbox" name="<?php self::name( 'forget' ); ?>" value="1"> <?php esc_html_e( 'Forget the stored token', 'akin-related' ); ?></label>
						<?php endif; ?>
					<?php endif; ?>
					<p><button type="button" class="button" id="akin-test"><?php esc_html_e( 'Test connection', 'akin-related' ); ?></button></p>
					<p id="akin-test-result" role="status"></p>
				</td>
			</tr>
			<tr>
				<th scope="row"><?php esc_html_e( 'What is handed over', 'akin-related' ); ?></th>
				<td>
					<fieldset>
						<legend class="screen-reader-text"><?php esc_html_e( 'What is handed over', 'akin-related' ); ?></legend>
						<input type="hidden" name="<?php self::name( 'types' ); ?>[]" value="">
						<?php foreach ( Akin_Related_Settings::possible_types() as $type ) : ?>
							<label><input type="checkbox" name="<?php self::name( 'types' ); ?>[]" value="<?php echo esc_attr( $type->name ); ?>" <?php checked( in_array( $type->name, $now['types'], true ) ); ?>> <?php echo esc_html( $type->labels->name ); ?></label><br>
						<?php endforeach; ?>
					</fieldset>
					<p class="description"><?php esc_html_e( 'Only what is published, and without a password.', 'akin-related' ); ?></p>
				</td>
			</tr>
		</table>
		<?php
	}

	/**
	 * Prints the fields of the look.
	 */
	private static function appearance() {
		$now = Akin_Related_Settings::all();
		?>
		<h2><?php esc_html_e( 'Lists', 'akin-related' ); ?></h2>
		<table class="form-table" role="presentation">
			<tr>
				<th scope="row"><label for="akin-number"><?php esc_html_e( 'Entries at most', 'akin-related' ); ?></label></th>
				<td><input type="number" id="akin-number" class="small-text" min="1" max="<?php echo esc_attr( Akin_Related_Settings::MOST ); ?>" name="<?php self::name( 'number' ); ?>" value="<?php echo esc_attr( $now['number'] ); ?>"></td>
			</tr>
			<tr>
				<th scope="row"><label for="akin-heading"><?php esc_html_e( 'Heading', 'akin-related' ); ?></label></th>
				<td><input type="text" id="akin-heading" class="regular-text" name="<?php self::name( 'heading' ); ?>" value="<?php echo esc_attr( $now['heading'] ); ?>" placeholder="<?php echo esc_attr( Akin_Related_Words::get( Akin_Related_Words::RELATED, get_bloginfo( 'language' ) ) ); ?>"></td>
			</tr>
			<tr>
				<th scope="row"><?php esc_html_e( 'Placement', 'akin-related' ); ?></th>
				<td>
					<fieldset>
						<legend class="screen-reader-text"><?php esc_html_e( 'Placement', 'akin-related' ); ?></legend>
						<label><input type="radio" name="<?php self::name( 'place' ); ?>" value="after" <?php checked( 'after', $now['place'] ); ?>> <?php esc_html_e( 'After the content of each post', 'akin-related' ); ?></label><br>
						<label><input type="radio" name="<?php self::name( 'place' ); ?>" value="none" <?php checked( 'none', $now['place'] ); ?>>
							<?php
							/* translators: %s: a shortcode. */
							echo wp_kses( sprintf( __( 'Only where the block or %s stands', 'akin-related' ), '<code>[akin_related]</code>' ), array( 'code' => array() ) );
							?>
						</label>
					</fieldset>
				</td>
			</tr>
			<tr>
				<th scope="row"><?php esc_html_e( 'Entries show', 'akin-related' ); ?></th>
				<td>
					<fieldset>
						<legend class="screen-reader-text"><?php esc_html_e( 'Entries show', 'akin-related' ); ?></legend>
						<?php
						self::box( 'pictures', __( 'Pictures', 'akin-related' ) );
						self::box( 'dates', __( 'Dates', 'akin-related' ) );
						self::box( 'reasons', __( 'What they have in common', 'akin-related' ) );
						?>
					</fieldset>
				</td>
			</tr>
		</table>
		<?php
	}

	/**
	 * Prints a box to tick.
	 *
	 * @param string $name  Of the setting.
	 * @param string $label Beside it.
	 */
	private static function box( $name, $label ) {
		?>
		<input type="hidden" name="<?php self::name( $name ); ?>" value="0">
		<label><input type="checkbox" name="<?php self::name( $name ); ?>" value="1" <?php checked( Akin_Related_Settings::get( $name ) ); ?>> <?php echo esc_html( $label ); ?></label><br>
		<?php
	}

	/**
	 * Prints how the handing over stands.
	 */
	private static function state() {
		global $wpdb;
		if ( ! Akin_Related_Settings::connected() ) {
			return;
		}
		$count = Akin_Related_Table::count();
		$away  = get_option( Akin_Related_Client::AWAY, array() );
		?>
		<h2><?php esc_html_e( 'Posts at akin', 'akin-related' ); ?></h2>
		<p>
			<?php
			/* translators: 1: a number of posts, 2: another one. */
			echo esc_html( sprintf( __( 'akin has %1$s of %2$s posts.', 'akin-related' ), number_format_i18n( $count['shown'] ), number_format_i18n( Akin_Related_Sync::total() ) ) );
			if ( $count['waiting'] ) {
				/* translators: %s: a number of changes. */
				echo ' ' . esc_html( sprintf( _n( '%s change waits to be handed over.', '%s changes wait to be handed over.', $count['waiting'], 'akin-related' ), number_format_i18n( $count['waiting'] ) ) );
			}
			if ( isset( $away['since'] ) ) {
				/* translators: %s: a time, such as "5 mins". */
				echo ' ' . esc_html( sprintf( __( 'akin has not answered for %s; pages show the lists that they have.', 'akin-related' ), human_time_diff( $away['since'] ) ) );
			}
			?>
		</p>
		<p>
			<button type="button" class="button" id="akin-sync"><?php esc_html_e( 'Hand over all posts', 'akin-related' ); ?></button>
		</p>
		<progress id="akin-sync-progress" max="1" value="0" hidden aria-label="<?php esc_attr_e( 'Handing over', 'akin-related' ); ?>"></progress>
		<p id="akin-sync-result" role="status"></p>
		<ul id="akin-sync-refused"></ul>
		<?php
		// phpcs:ignore WordPress.DB -- a name of this plugin.
		$refused = $wpdb->get_results( 'SELECT post_id, error FROM ' . Akin_Related_Table::name() . " WHERE changed > 0 AND error <> '' ORDER BY changed LIMIT 20" );
		if ( $refused ) {
			echo '<h3>' . esc_html__( 'Refused by akin', 'akin-related' ) . '</h3><ul class="akin-related-refused">';
			foreach ( $refused as $row ) {
				printf( '<li><a href="%s">%s</a>: %s</li>', esc_url( (string) get_edit_post_link( $row->post_id ) ), esc_html( get_the_title( $row->post_id ) ), esc_html( $row->error ) );
			}
			echo '</ul>';
		}
	}
}
