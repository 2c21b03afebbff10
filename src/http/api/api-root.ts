/** Path below which the routes of the API are. */
export const API_ROOT = '/api/v1';
