import { createApp } from 'vue';
import { setService } from 'akin-related';
import App from './App.vue';

setService(new URLSearchParams(location.search).get('akin'));
createApp(App).mount('#app');
