import { mount } from 'svelte';
import { setService } from 'akin-related';
import App from './App.svelte';

setService(new URLSearchParams(location.search).get('akin'));
mount(App, { target: document.getElementById('app') });
