// The gateway of the peer: passes requests on with axios. Usage: node gateway.js PORT SERVICE_PORT
const express = require('express');
const axios = require('axios');
const http = require('http');
const app = express();
const service = axios.create({
  baseURL: `http://127.0.0.1:${process.argv[3]}`,
  httpAgent: new http.Agent({ keepAlive: true }),
});
app.get('/users', async (request, response) => {
  try {
    response.json((await service.get('/users')).data);
  } catch (error) {
    response.status(502).json({ error: 'users service unavailable' });
  }
});
app.listen(Number(process.argv[2]), '127.0.0.1');
