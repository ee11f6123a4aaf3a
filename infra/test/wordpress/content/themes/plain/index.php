<!DOCTYPE html>
<html <?php language_attributes(); ?>>
<head><title><?php bloginfo('name'); ?></title><meta name="viewport" content="width=device-width"><?php wp_head(); ?></head>
<body><main><?php while (have_posts()) { the_post(); the_title('<h1>', '</h1>'); the_content(); } ?></main><?php wp_footer(); ?></body>
</html>
