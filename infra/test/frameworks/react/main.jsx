import { StrictMode, useEffect, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { setService } from 'akin-related';

setService(new URLSearchParams(location.search).get('akin'));

function App() {
  const [item, setItem] = useState('heat-a');
  const [followed, setFollowed] = useState('');
  const list = useRef(null);
  useEffect(() => {
    const follow = (e) => { e.preventDefault(); setFollowed(e.detail.entries[0].id); };
    const at = list.current;
    at.addEventListener('akin:follow', follow);
    return () => at.removeEventListener('akin:follow', follow);
  }, []);
  return <main>
    <button id="other" onClick={() => setItem('rent-a')}>Other</button>
    <akin-related ref={list} item={item} limit={2} fill="none" images={false} layout="cards"><p>More</p></akin-related>
    <p id="followed">{followed}</p>
    <akin-related item="rent-b" limit={1} fill="none"><template><b className="mine" data-akin="title" /></template></akin-related>
  </main>;
}

createRoot(document.getElementById('app')).render(<StrictMode><App /></StrictMode>);
