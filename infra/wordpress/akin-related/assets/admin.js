/* The settings page: tries the connection, and hands over all posts step by step. */
( function ( wp ) {
	'use strict';

	var __ = wp.i18n.__;
	var sprintf = wp.i18n.sprintf;

	function byId( id ) {
		return document.getElementById( id );
	}

	function say( place, text, bad ) {
		place.textContent = text;
		place.classList.toggle( 'akin-related-bad', !! bad );
	}

	function post( path, data ) {
		return wp.apiFetch( { path: '/akin-related/v1/' + path, method: 'POST', data: data } );
	}

	function test( button ) {
		var result = byId( 'akin-test-result' );
		var token = byId( 'akin-token' );
		button.disabled = true;
		say( result, __( 'Asking akin…', 'akin-related' ) );
		post( 'test', { address: byId( 'akin-address' ).value, token: token ? token.value : '' } ).then(
			function ( found ) {
				say( result, found.message );
			},
			function ( error ) {
				say( result, error.message, true );
			}
		).finally( function () {
			button.disabled = false;
		} );
	}

	function sync( button ) {
		var result = byId( 'akin-sync-result' );
		var bar = byId( 'akin-sync-progress' );
		var refused = byId( 'akin-sync-refused' );
		var read = 0;
		var turnedAway = 0;
		button.disabled = true;
		bar.hidden = false;
		refused.textContent = '';

		function step( after ) {
			return post( 'sync', { after: after } ).then( function ( answer ) {
				read += answer.read;
				turnedAway += answer.refused.length;
				bar.max = Math.max( 1, answer.total );
				bar.value = read;
				answer.refused.forEach( function ( one ) {
					var line = document.createElement( 'li' );
					line.textContent = one.title + ': ' + one.error;
					refused.appendChild( line );
				} );
				if ( ! answer.finished ) {
					/* translators: 1: a number of posts, 2: how many there are. */
					say( result, sprintf( __( '%1$d of %2$d posts', 'akin-related' ), read, answer.total ) );
					return step( answer.after );
				}
				/* translators: %d: a number of posts. */
				var text = sprintf( __( 'Done: akin has %d posts.', 'akin-related' ), read - turnedAway );
				if ( answer.indexing ) {
					text += ' ' + __( 'It makes their lists now, which takes a moment.', 'akin-related' );
				}
				say( result, text );
			} );
		}

		step( 0 ).catch( function ( error ) {
			say( result, error.message, true );
		} ).finally( function () {
			button.disabled = false;
			bar.hidden = true;
		} );
	}

	document.addEventListener( 'click', function ( event ) {
		if ( event.target.id === 'akin-test' ) {
			test( event.target );
		} else if ( event.target.id === 'akin-sync' ) {
			sync( event.target );
		}
	} );
} )( window.wp );
