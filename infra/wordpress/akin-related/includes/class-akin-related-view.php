<?php
/**
 * Shows related lists.
 *
 * @package Akin_Related
 */

defined( 'ABSPATH' ) || exit;

/**
 * The block, the shortcode, and the list after the content.
 */
class Akin_Related_View {

	/**
	 * Whether lists are left out now, as the text of a post is wanted without them.
	 *
	 * @var bool
	 */
	private static $quiet = false;

	/**
	 * How many lists this page has, for the ids of their headings.
	 *
	 * @var int
	 */
	private static $count = 0;

	/**
	 * Registers all three.
	 */
	public static function hook() {
		add_action( 'init', array( __CLASS__, 'register' ) );
		add_action( 'wp_enqueue_scripts', array( __CLASS__, 'style' ) );
		add_filter( 'the_content', array( __CLASS__, 'after' ), 20 );
	}

	/**
	 * Registers the block and the shortcode.
	 */
	public static function register() {
		load_plugin_textdomain( 'akin-related', false, dirname( plugin_basename( AKIN_RELATED_FILE ) ) . '/languages' );
		wp_register_style( 'akin-related', plugins_url( 'assets/style.css', AKIN_RELATED_FILE ), array(), AKIN_RELATED_VERSION );
		wp_register_script(
			'akin-related-block',
			plugins_url( 'assets/block.js', AKIN_RELATED_FILE ),
			array( 'wp-blocks', 'wp-block-editor', 'wp-components', 'wp-element', 'wp-i18n', 'wp-server-side-render' ),
			AKIN_RELATED_VERSION,
			true
		);
		wp_set_script_translations( 'akin-related-block', 'akin-related' );
		register_block_type( dirname( AKIN_RELATED_FILE ) . '/block', array( 'render_callback' => array( __CLASS__, 'block' ) ) );
		add_shortcode( 'akin_related', array( __CLASS__, 'shortcode' ) );
	}

	/**
	 * Has the style in the head of pages that get a list after their content; other
	 * pages get it with their list.
	 */
	public static function style() {
		if ( 'after' === Akin_Related_Settings::get( 'place' ) && is_singular( Akin_Related_Settings::types() ) ) {
			wp_enqueue_style( 'akin-related' );
		}
	}

	/**
	 * Has lists left out, or no longer.
	 *
	 * @param bool $quiet Whether.
	 * @return bool What it was before.
	 */
	public static function quiet( $quiet ) {
		$before      = self::$quiet;
		self::$quiet = $quiet;
		return $before;
	}

	/**
	 * Renders the block.
	 *
	 * @param array         $attributes Of the block.
	 * @param string        $content    Of the block, which has none.
	 * @param WP_Block|null $block      The block.
	 * @return string HTML.
	 */
	public static function block( $attributes, $content = '', $block = null ) {
		unset( $content );
		$id = $block && isset( $block->context['postId'] ) ? (int) $block->context['postId'] : (int) get_the_ID();
		return self::render( $id, $attributes );
	}

	/**
	 * Renders the shortcode [akin_related number="4" heading="Related"].
	 *
	 * @param array|string $attributes Of the shortcode.
	 * @return string HTML.
	 */
	public static function shortcode( $attributes ) {
		$attributes = shortcode_atts(
			array(
				'number'  => 0,
				'heading' => '',
				'post'    => 0,
			),
			$attributes,
			'akin_related'
		);
		return self::render( $attributes['post'] ? absint( $attributes['post'] ) : (int) get_the_ID(), $attributes );
	}

	/**
	 * Puts the list after the content of a post's own page.
	 *
	 * @param string $content HTML.
	 * @return string HTML.
	 */
	public static function after( $content ) {
		if ( 'after' !== Akin_Related_Settings::get( 'place' ) || ! is_singular( Akin_Related_Settings::types() ) || ! in_the_loop() || ! is_main_query() || is_feed() ) {
			return $content;
		}
		$post = get_post();
		if ( ! $post || (int) get_queried_object_id() !== $post->ID || post_password_required( $post ) || has_block( 'akin/related', $post ) || has_shortcode( $post->post_content, 'akin_related' ) ) {
			return $content;
		}
		// Not in the middle of what a page break or an excerpt cuts off.
		if ( doing_filter( 'get_the_excerpt' ) ) {
			return $content;
		}
		return $content . self::render( $post->ID, array() );
	}

	/**
	 * Says whether the text of posts is asked for by a program, which gets no lists in
	 * it; the editor's preview of the block does.
	 *
	 * @return bool
	 */
	private static function for_program() {
		return defined( 'REST_REQUEST' ) && REST_REQUEST && ! self::previewing();
	}

	/**
	 * Says whether the editor previews the block.
	 *
	 * @return bool
	 */
	private static function previewing() {
		$route = isset( $GLOBALS['wp']->query_vars['rest_route'] ) ? (string) $GLOBALS['wp']->query_vars['rest_route'] : '';
		return strpos( $route, '/wp/v2/block-renderer/akin/related' ) === 0;
	}

	/**
	 * Renders the list of a post.
	 *
	 * @param int   $id      Of the post.
	 * @param array $options With 'number' and 'heading' in place of the settings'.
	 * @return string HTML; empty where there is nothing to show.
	 */
	public static function render( $id, $options ) {
		if ( self::$quiet || self::for_program() ) {
			return '';
		}
		$number  = empty( $options['number'] ) ? (int) Akin_Related_Settings::get( 'number' ) : absint( $options['number'] );
		$own     = Akin_Related_Languages::of( $id );
		$heading = isset( $options['heading'] ) && '' !== $options['heading'] ? $options['heading'] : Akin_Related_Words::heading( $own );
		$entries = ! $id ? array() : Akin_Related_Lists::shown( $id, max( 1, min( Akin_Related_Settings::MOST, $number ) ) );
		if ( ! $entries ) {
			return self::previewing() ? '<p>' . esc_html__( 'Related posts stand here once akin knows this post.', 'akin-related' ) . '</p>' : '';
		}
		wp_enqueue_style( 'akin-related' );
		++self::$count;
		$name = 'akin-related-' . self::$count;
		$list = '';
		foreach ( $entries as $entry ) {
			$list .= self::entry( $entry, $own );
		}
		$pictured = Akin_Related_Settings::get( 'pictures' ) && strpos( $list, '<img' ) !== false;
		return sprintf(
			'<aside class="akin-related%s" aria-labelledby="%s"><h2 id="%2$s" class="akin-related-heading">%s</h2><ul class="akin-related-list">%s</ul></aside>',
			$pictured ? ' has-pictures' : '',
			esc_attr( $name ),
			esc_html( $heading ),
			$list
		);
	}

	/**
	 * Renders an entry.
	 *
	 * @param array  $entry Of Akin_Related_Lists::shown().
	 * @param string $own   Language of the page.
	 * @return string HTML.
	 */
	private static function entry( $entry, $own ) {
		$lang = '' !== $entry['lang'] && $entry['lang'] !== $own ? sprintf( ' lang="%1$s" hreflang="%1$s"', esc_attr( $entry['lang'] ) ) : '';
		$html = '';
		if ( Akin_Related_Settings::get( 'pictures' ) ) {
			$html .= sprintf( '<span class="akin-related-picture">%s</span>', self::picture( $entry ) );
		}
		$html .= sprintf( '<a class="akin-related-title" href="%s"%s>%s</a>', esc_url( $entry['url'] ), $lang, esc_html( $entry['title'] ) );
		$date  = Akin_Related_Settings::get( 'dates' ) ? self::date( $entry['date'] ) : '';
		if ( '' !== $date ) {
			$html .= sprintf( '<time class="akin-related-date" datetime="%s">%s</time>', esc_attr( $entry['date'] ), esc_html( $date ) );
		}
		$why = Akin_Related_Settings::get( 'reasons' ) ? Akin_Related_Words::reason( $entry, $own ) : '';
		if ( '' !== $why ) {
			$html .= sprintf( '<span class="akin-related-reason">%s</span>', esc_html( $why ) );
		}
		return '<li class="akin-related-entry">' . $html . '</li>';
	}

	/**
	 * Renders the picture of an entry, which its title says already.
	 *
	 * @param array $entry Of Akin_Related_Lists::shown().
	 * @return string HTML; empty without one.
	 */
	private static function picture( $entry ) {
		if ( $entry['post'] ) {
			return get_the_post_thumbnail(
				$entry['post'],
				'medium',
				array(
					'alt'     => '',
					'loading' => 'lazy',
				)
			);
		}
		return '' === $entry['image'] ? '' : sprintf( '<img src="%s" alt="" loading="lazy" decoding="async">', esc_url( $entry['image'] ) );
	}

	/**
	 * Returns a date as the site writes it.
	 *
	 * @param string $date "2024-03-26", or "2024-03".
	 * @return string
	 */
	private static function date( $date ) {
		$zone = new DateTimeZone( 'UTC' );
		if ( preg_match( '/^\d{4}-\d\d-\d\d$/', $date ) ) {
			return (string) wp_date( get_option( 'date_format' ), strtotime( $date . ' UTC' ), $zone );
		}
		if ( preg_match( '/^\d{4}-\d\d$/', $date ) ) {
			return (string) wp_date( 'F Y', strtotime( $date . '-01 UTC' ), $zone );
		}
		return '';
	}
}
