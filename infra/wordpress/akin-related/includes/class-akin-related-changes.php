<?php
/**
 * Notes which posts changed.
 *
 * @package Akin_Related
 */

defined( 'ABSPATH' ) || exit;

/**
 * Puts whatever visitors see otherwise than before into the queue. Only that it
 * changed is noted: what akin is told is read when it is told, so the newest state
 * wins however late that is, and whatever came between.
 */
class Akin_Related_Changes {

	/**
	 * Posts that changed in this request, with their ids at akin.
	 *
	 * @var string[]
	 */
	private static $noted = array();

	/**
	 * Listens to WordPress.
	 */
	public static function hook() {
		add_action( 'transition_post_status', array( __CLASS__, 'moved' ), 10, 3 );
		add_action( 'before_delete_post', array( __CLASS__, 'deleted' ), 10, 2 );
		add_action( 'set_object_terms', array( __CLASS__, 'labelled' ), 10, 6 );
		foreach ( array( 'added', 'updated', 'deleted' ) as $what ) {
			add_action( $what . '_post_meta', array( __CLASS__, 'meta' ), 10, 3 );
		}
		add_action( 'edited_term', array( __CLASS__, 'term' ), 10, 3 );
		add_action( 'profile_update', array( __CLASS__, 'author' ), 10, 2 );
		add_action( 'update_option_permalink_structure', array( __CLASS__, 'everything' ) );
		add_action( 'shutdown', array( __CLASS__, 'end' ), 5 );
	}

	/**
	 * Notes a post.
	 *
	 * @param WP_Post $post A post.
	 */
	private static function note( $post ) {
		if ( ! Akin_Related_Settings::connected() || 'revision' === $post->post_type ) {
			return;
		}
		if ( ! isset( self::$noted[ $post->ID ] ) ) {
			self::$noted[ $post->ID ] = Akin_Related_Item::id( $post );
			Akin_Related_Table::note( array( $post->ID => self::$noted[ $post->ID ] ) );
		}
	}

	/**
	 * Notes a post by its number, if visitors see it.
	 *
	 * @param int $id Of the post.
	 */
	private static function note_public( $id ) {
		$post = get_post( $id );
		if ( $post instanceof WP_Post && 'publish' === $post->post_status && in_array( $post->post_type, Akin_Related_Settings::types(), true ) ) {
			self::note( $post );
		}
	}

	/**
	 * A post was saved.
	 *
	 * @param string  $now  Its status.
	 * @param string  $old  Its status before.
	 * @param WP_Post $post The post.
	 */
	public static function moved( $now, $old, $post ) {
		if ( 'publish' !== $now && 'publish' !== $old || ! in_array( $post->post_type, Akin_Related_Settings::types(), true ) ) {
			return;
		}
		self::note( $post );
		if ( $now !== $old ) { // Which version of a work is its original may change.
			array_map( array( __CLASS__, 'note_public' ), Akin_Related_Languages::versions( $post->ID ) );
		}
	}

	/**
	 * A post is about to be deleted.
	 *
	 * @param int     $id   Its number.
	 * @param WP_Post $post The post.
	 */
	public static function deleted( $id, $post ) {
		if ( 'publish' === $post->post_status && in_array( $post->post_type, Akin_Related_Settings::types(), true ) || Akin_Related_Table::row( $id ) ) {
			self::note( $post );
			array_map( array( __CLASS__, 'note_public' ), Akin_Related_Languages::versions( $id ) );
		}
	}

	/**
	 * A post was given other categories, tags, or another language.
	 *
	 * @param int    $id       Of the post.
	 * @param array  $terms    Given.
	 * @param array  $now      Numbers of what it has.
	 * @param string $taxonomy Of the terms.
	 * @param bool   $append   Whether they came beside others.
	 * @param array  $old      Numbers of what it had.
	 */
	public static function labelled( $id, $terms, $now, $taxonomy, $append, $old ) {
		if ( $append ? array_diff( $now, $old ) : ( array_diff( $now, $old ) || array_diff( $old, $now ) ) ) {
			self::note_public( $id );
		}
	}

	/**
	 * A post has another picture.
	 *
	 * @param int|int[] $row  Of the change.
	 * @param int       $id   Of the post.
	 * @param string    $name Of the value.
	 */
	public static function meta( $row, $id, $name ) {
		if ( '_thumbnail_id' === $name ) {
			self::note_public( $id );
		}
	}

	/**
	 * A category or tag was renamed.
	 *
	 * @param int    $id       Of the term.
	 * @param int    $row      Of the term in its taxonomy.
	 * @param string $taxonomy Its taxonomy.
	 */
	public static function term( $id, $row, $taxonomy ) {
		global $wpdb;
		$known = get_taxonomy( $taxonomy );
		if ( $known && Akin_Related_Item::taxonomy( $known ) ) {
			self::all( "JOIN {$wpdb->term_relationships} r ON r.object_id = p.ID AND r.term_taxonomy_id = %d", array( $row ), Akin_Related_Settings::types() );
		}
	}

	/**
	 * An author was renamed.
	 *
	 * @param int     $id  Of the user.
	 * @param WP_User $old As before.
	 */
	public static function author( $id, $old ) {
		$user = get_userdata( $id );
		if ( $user && $user->display_name !== $old->display_name ) {
			self::all( 'JOIN (SELECT %d AS author) a ON p.post_author = a.author', array( $id ), Akin_Related_Settings::types() );
		}
	}

	/**
	 * All posts have other addresses.
	 */
	public static function everything() {
		self::types( Akin_Related_Settings::types() );
	}

	/**
	 * Notes all public posts of types.
	 *
	 * @param string[] $types Names of post types.
	 */
	public static function types( $types ) {
		self::all( '', array(), $types );
	}

	/**
	 * Notes many public posts at once.
	 *
	 * @param string $join   SQL that says which ones, with marks for values.
	 * @param array  $values For the marks.
	 * @param array  $types  Names of post types.
	 */
	private static function all( $join, $values, $types ) {
		global $wpdb;
		if ( ! $types || ! Akin_Related_Settings::connected() ) {
			return;
		}
		$marks = implode( ',', array_fill( 0, count( $types ), '%s' ) );
		// phpcs:ignore WordPress.DB -- names of this plugin and marks for values.
		$wpdb->query( $wpdb->prepare( 'INSERT INTO ' . Akin_Related_Table::name() . " (post_id, changed, due) SELECT p.ID, %d, %d FROM {$wpdb->posts} p $join WHERE p.post_status = 'publish' AND p.post_type IN ($marks) ON DUPLICATE KEY UPDATE changed = GREATEST(changed + 1, VALUES(changed)), due = VALUES(due), tries = 0, error = ''", array_merge( array( Akin_Related_Table::now(), time() ), $values, array_values( $types ) ) ) );
		Akin_Related_Sender::schedule();
	}

	/**
	 * Hands over what changed in this request, now that it is whole. Whoever waits for
	 * the page has it by then where the server can say so, and else waits a second at most.
	 */
	public static function end() {
		if ( ! self::$noted ) {
			return;
		}
		// Again: a part of the change may have come after somebody else handed over the rest.
		Akin_Related_Table::note( self::$noted );
		self::$noted = array();
		if ( function_exists( 'fastcgi_finish_request' ) ) {
			fastcgi_finish_request();
		}
		Akin_Related_Sender::send( 1 );
	}
}
