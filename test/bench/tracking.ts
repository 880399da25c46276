/** What `scripts/bench tracking` runs; its parts are in mot/. */
import './mot/main.js';
