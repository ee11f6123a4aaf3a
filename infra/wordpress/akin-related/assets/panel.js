/* The panel beside a post: what stands in its list, what editors decided about that, and topics for the text. */
( function ( wp ) {
	'use strict';

	var el = wp.element.createElement;
	var useState = wp.element.useState;
	var useEffect = wp.element.useEffect;
	var useSelect = wp.data.useSelect;
	var __ = wp.i18n.__;
	var sprintf = wp.i18n.sprintf;
	var Button = wp.components.Button;
	// Since WordPress 6.6 it is the editor's, and no longer that of posts alone.
	var Panel = ( wp.editor && wp.editor.PluginDocumentSettingPanel ) || wp.editPost.PluginDocumentSettingPanel;

	function ask( id, path, data ) {
		return wp.apiFetch( {
			path: '/akin-related/v1/posts/' + id + path,
			method: data ? 'POST' : 'GET',
			data: data,
		} );
	}

	/* A button that says which work it is about to who does not see where it stands. */
	function link( text, does, busy, about ) {
		return el( Button, { variant: 'link', disabled: busy, onClick: does, 'aria-label': text + ': ' + about }, text );
	}

	function work( entry, actions ) {
		return el(
			'li',
			{ key: entry.id },
			entry.url ? el( 'a', { href: entry.url, target: '_blank', rel: 'noopener' }, entry.title ) : entry.title,
			entry.why && entry.why.length ? el( 'span', { className: 'akin-related-why' }, entry.why.join( ', ' ) ) : null,
			el( 'div', null, actions )
		);
	}

	function has( list, id ) {
		return ( list || [] ).some( function ( one ) {
			return one.id === id;
		} );
	}

	/* Finds works by words, to pin them. */
	function Picker( props ) {
		var words = useState( '' );
		var found = useState( null );
		function search() {
			if ( ! words[ 0 ].trim() ) {
				return;
			}
			props.run(
				ask( props.id, '/search?q=' + encodeURIComponent( words[ 0 ].trim() ) ).then( found[ 1 ] )
			);
		}
		return el(
			'form',
			{
				onSubmit: function ( event ) {
					event.preventDefault();
					search();
				},
			},
			el( wp.components.TextControl, {
				label: __( 'Find a work to pin', 'akin-related' ),
				value: words[ 0 ],
				onChange: words[ 1 ],
			} ),
			el( Button, { variant: 'secondary', type: 'submit', disabled: props.busy }, __( 'Search', 'akin-related' ) ),
			found[ 0 ] && ! found[ 0 ].length ? el( 'p', null, __( 'Nothing found.', 'akin-related' ) ) : null,
			found[ 0 ] ? el(
				'ul',
				null,
				found[ 0 ].map( function ( entry ) {
					return work( entry, has( props.pins, entry.id ) ? __( 'Pinned', 'akin-related' ) : link( __( 'Pin', 'akin-related' ), function () {
						props.decide( 'pin', entry.id );
					}, props.busy, entry.title ) );
				} )
			) : null
		);
	}

	/* The list of a published post. */
	function List( props ) {
		var state = props.state;
		function act( text, action, entry ) {
			return link( text, function () {
				props.decide( action, entry.id );
			}, props.busy, entry.title );
		}
		return el(
			wp.element.Fragment,
			null,
			el( 'h3', null, __( 'In its list', 'akin-related' ) ),
			state.entries.length ? null : el( 'p', null, __( 'Nothing yet.', 'akin-related' ) ),
			el(
				'ul',
				null,
				state.entries.map( function ( entry ) {
					var pinned = has( state.pins, entry.id );
					return work( entry, state.decides ? [
						pinned ? act( __( 'Unpin', 'akin-related' ), 'unpin', entry ) : act( __( 'Pin', 'akin-related' ), 'pin', entry ),
						act( __( 'Not here', 'akin-related' ), 'block', entry ),
					].map( function ( one, at ) {
						return el( wp.element.Fragment, { key: at }, one );
					} ) : null );
				} )
			),
			state.blocks.length ? el( 'h3', null, __( 'Kept out', 'akin-related' ) ) : null,
			el(
				'ul',
				null,
				state.blocks.map( function ( entry ) {
					return work( entry, state.decides ? act( __( 'Allow again', 'akin-related' ), 'unblock', entry ) : null );
				} )
			),
			state.decides ? el( Picker, { id: props.id, pins: state.pins, busy: props.busy, run: props.run, decide: props.decide } ) : null
		);
	}

	/* Topics for the text as it is now. The text goes to akin only when the button is pressed. */
	function Suggestions( props ) {
		var found = useState( null );
		var editor = useSelect( function ( select ) {
			return select( 'core/editor' );
		} );
		var edit = wp.data.useDispatch( 'core/editor' ).editPost;
		function suggest() {
			props.run(
				ask( props.id, '/suggest', {
					title: editor.getEditedPostAttribute( 'title' ) || '',
					content: editor.getEditedPostContent() || '',
					excerpt: editor.getEditedPostAttribute( 'excerpt' ) || '',
				} ).then( found[ 1 ] )
			);
		}
		function add( term ) {
			var change = {};
			change[ term.field ] = ( editor.getEditedPostAttribute( term.field ) || [] ).concat( [ term.id ] );
			edit( change );
		}
		var terms = useSelect( function ( select ) {
			return ( found[ 0 ] ? found[ 0 ].terms : [] ).filter( function ( term ) {
				return ( select( 'core/editor' ).getEditedPostAttribute( term.field ) || [] ).indexOf( term.id ) < 0;
			} );
		}, [ found[ 0 ] ] );
		return el(
			wp.element.Fragment,
			null,
			el( 'h3', null, __( 'For this text', 'akin-related' ) ),
			el( Button, { variant: 'secondary', disabled: props.busy, onClick: suggest }, __( 'Suggest topics', 'akin-related' ) ),
			found[ 0 ] && ! terms.length ? el( 'p', null, __( 'No further topics.', 'akin-related' ) ) : null,
			el(
				'ul',
				null,
				terms.map( function ( term ) {
					return el(
						'li',
						{ key: term.field + term.id },
						/* translators: 1: a topic, 2: "Category" or "Tag", 3: a number from 0 to 100. */
						sprintf( __( '%1$s (%2$s, %3$d %%)', 'akin-related' ), term.name, term.taxonomy, term.sure ),
						' ',
						link( __( 'Add', 'akin-related' ), function () {
							add( term );
						}, props.busy, term.name )
					);
				} )
			),
			found[ 0 ] && found[ 0 ].copies.length ? el( 'h3', null, __( 'Says nearly the same', 'akin-related' ) ) : null,
			el( 'ul', null, ( found[ 0 ] ? found[ 0 ].copies : [] ).map( function ( entry ) {
				return work( entry, null );
			} ) ),
			found[ 0 ] && found[ 0 ].entries.length ? el( 'h3', null, __( 'Would be related', 'akin-related' ) ) : null,
			el( 'ul', null, ( found[ 0 ] ? found[ 0 ].entries : [] ).map( function ( entry ) {
				return work( entry, null );
			} ) )
		);
	}

	function Related() {
		var post = useSelect( function ( select ) {
			var editor = select( 'core/editor' );
			return {
				id: editor.getCurrentPostId(),
				published: editor.getCurrentPostAttribute( 'status' ) === 'publish',
				saved: editor.getCurrentPostAttribute( 'modified' ),
			};
		} );
		var state = useState( null );
		var error = useState( '' );
		var busy = useState( false );
		function run( answer ) {
			busy[ 1 ]( true );
			error[ 1 ]( '' );
			answer.catch( function ( problem ) {
				error[ 1 ]( problem.message );
			} ).finally( function () {
				busy[ 1 ]( false );
			} );
		}
		function decide( action, other ) {
			run( ask( post.id, '/decide', { action: action, other: other } ).then( state[ 1 ] ) );
		}
		useEffect( function () {
			state[ 1 ]( null );
			if ( post.id && post.published ) {
				run( ask( post.id, '' ).then( state[ 1 ] ) );
			}
		}, [ post.id, post.published, post.saved ] );

		return el(
			'div',
			{ className: 'akin-related-panel', 'aria-busy': busy[ 0 ] },
			error[ 0 ] ? el( wp.components.Notice, { status: 'warning', isDismissible: false }, error[ 0 ] ) : null,
			busy[ 0 ] ? el( wp.components.Spinner ) : null,
			! post.published ? el( 'p', null, __( 'The list is there once the post is published.', 'akin-related' ) ) : null,
			state[ 0 ] && ! state[ 0 ].known ? el( 'p', null, __( 'akin does not know this post yet.', 'akin-related' ) ) : null,
			state[ 0 ] && state[ 0 ].known ? el( List, { id: post.id, state: state[ 0 ], busy: busy[ 0 ], run: run, decide: decide } ) : null,
			post.id ? el( Suggestions, { id: post.id, busy: busy[ 0 ], run: run } ) : null
		);
	}

	wp.plugins.registerPlugin( 'akin-related', {
		icon: null,
		render: function () {
			return el( Panel, { name: 'akin-related', title: __( 'Related (akin)', 'akin-related' ) }, el( Related ) );
		},
	} );
} )( window.wp );
