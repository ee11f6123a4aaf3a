<?php
// What this site has beside a WordPress as it comes: two languages, kept and
// shown as Polylang does; a public type of posts and one that is nobody's to
// see; a shortcode. No mail is sent.

function wp_mail() {
	return true;
}

// A site that serves one request at a time cannot ask itself.
add_filter('pre_wp_update_https_detection_errors', fn() => new WP_Error());

add_action('init', function () {
	register_taxonomy('language', 'post', ['public' => false]);
	register_taxonomy('post_translations', 'post', ['public' => false]);
	register_post_type('recipe', ['label' => 'Recipes', 'public' => true, 'show_in_rest' => true, 'rest_base' => 'recipes',
		'taxonomies' => ['post_tag'], 'supports' => ['title', 'editor', 'excerpt', 'author', 'thumbnail']]);
	register_post_type('booking', ['label' => 'Bookings', 'public' => false, 'supports' => ['title', 'editor']]);
	add_shortcode('note', fn($a, $text = '') => '<aside>' . $text . '</aside>');
});

add_action('rest_api_init', function () {
	register_rest_field('post', 'lang', ['get_callback' => function ($post) {
		$terms = wp_get_object_terms($post['id'], 'language', ['fields' => 'slugs']);
		return $terms ? $terms[0] : '';
	}]);
	register_rest_field('post', 'translations', ['get_callback' => function ($post) {
		$terms = wp_get_object_terms($post['id'], 'post_translations');
		return $terms ? unserialize($terms[0]->description) : (object) [];
	}]);
});

add_action('after_setup_theme', fn() => add_theme_support('post-thumbnails'));
add_action('wp_enqueue_scripts', fn() => wp_enqueue_style('plain', get_stylesheet_uri()));

// What Polylang answers to plugins.
function pll_get_post_language($id, $field = 'slug') {
	$terms = wp_get_object_terms($id, 'language', ['fields' => 'slugs']);
	return $terms ? $terms[0] : false;
}

function pll_get_post_translations($id) {
	$terms = wp_get_object_terms($id, 'post_translations');
	return $terms ? unserialize($terms[0]->description) : [];
}

function pll_current_language($field = 'slug') {
	return get_queried_object_id() ? pll_get_post_language(get_queried_object_id()) : 'en';
}
