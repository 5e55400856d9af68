// The users service of the peer: two users in memory. Usage: node service.js PORT
const express = require('express');
const app = express();
const users = [{ id: 1, name: 'Alice' }, { id: 2, name: 'Bob' }];
app.use(express.json());
app.get('/users', (request, response) => response.json(users));
app.listen(Number(process.argv[2]), '127.0.0.1');
